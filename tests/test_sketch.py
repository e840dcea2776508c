import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.errors import UserError
from mnist_core.sketch import BOX, CENTRE, MAX_POINTS, image_to_pixels, strokes_to_pixels

TWO = [[[30, 40], [40, 20], [60, 12], [80, 20], [86, 40], [70, 66], [30, 104], [60, 104], [90, 104]]]
FOUR = [[[60, 10], [20, 70], [90, 70]], [[66, 40], [66, 120]]]
DRAWINGS = st.sampled_from([TWO, FOUR, [[[0, 0], [0, 100]]]])


def pixels(drawing) -> torch.Tensor:
    return strokes_to_pixels([drawing])[0, 0].float()


def changed(drawing, change):
    return [[change(np.array(point, dtype=float)).tolist() for point in stroke] for stroke in drawing]


def resampled(drawing, parts: int):
    """The same lines with each piece cut into so many."""
    result = []
    for stroke in drawing:
        points = np.array(stroke, dtype=float)
        steps = np.linspace(0, 1, parts, endpoint=False)
        cut = [start + (end - start) * step for start, end in itertools.pairwise(points) for step in steps]
        result.append([point.tolist() for point in [*cut, points[-1]]])
    return result


@settings(deadline=None)
@given(DRAWINGS, st.floats(-5000, 5000), st.floats(-5000, 5000), st.floats(0.01, 100))
def test_where_and_how_large_a_digit_is_drawn_does_not_matter(drawing, x, y, scale):
    moved = changed(drawing, lambda point: scale * point + (x, y))
    assert (pixels(moved) - pixels(drawing)).abs().max() <= 2


@settings(deadline=None)
@given(DRAWINGS, st.integers(2, 40))
def test_how_often_the_pen_was_sampled_does_not_matter(drawing, parts):
    assert (pixels(resampled(drawing, parts)) - pixels(drawing)).abs().max() <= 2


@settings(deadline=None)
@given(DRAWINGS)
def test_doubled_points_and_empty_strokes_do_no_harm(drawing):
    doubled = [[point for point in stroke for _ in range(3)] for stroke in drawing]
    assert torch.equal(pixels([[], *doubled, []]), pixels(drawing))


@settings(deadline=None)
@given(DRAWINGS)
def test_a_digit_fills_the_box_and_balances_in_the_centre_as_mnist_s_do(drawing):
    ink = pixels(drawing) / 255
    rows, columns = (ink > 0.1).any(dim=1).sum(), (ink > 0.1).any(dim=0).sum()
    assert BOX - 1 <= max(rows, columns) <= BOX + 2
    centre = torch.tensor([(ink.sum(dim=d) * (torch.arange(28) + 0.5)).sum() / ink.sum() for d in (0, 1)])
    assert (centre - CENTRE).abs().max() < 0.3


def test_the_pen_is_about_as_wide_and_soft_as_mnist_s(mnist):
    """Over a plain set of digits; the exact comparison, on real handwriting, stands in the docs."""
    ink = mnist.train.images.float() / 255
    drawn = torch.cat([strokes_to_pixels([drawing]) for drawing in (TWO, FOUR)]).float() / 255
    assert abs(drawn.mean() - ink.mean()) < 0.03
    edge = [(((part > 0.02) & (part < 0.98)).sum() / (part > 0.02).sum()).item() for part in (ink, drawn)]
    assert abs(edge[0] - edge[1]) < 0.08


def test_a_batch_is_drawn_as_each_drawing_alone():
    drawings = [TWO, [], FOUR, [[[5, 5]]], resampled(TWO, 9)] * 30
    together = strokes_to_pixels(drawings)
    assert torch.equal(together, torch.cat([strokes_to_pixels([drawing]) for drawing in drawings]))


def test_a_dot_is_a_dot_and_nothing_is_nothing():
    dot = pixels([[[7, 7]]])
    assert dot.max() >= 250 and 3 <= (dot > 0).sum() <= 16
    for nothing in ([], [[]], [[], []]):
        assert pixels(nothing).max() == 0
    assert strokes_to_pixels([]).shape == (0, 1, 28, 28)


@pytest.mark.parametrize(
    "wrong",
    [
        "text",
        {"x": 1},
        None,
        7,
        [[1, 2]],
        [[[1, 2, 3]]],
        [[["a", "b"]]],
        [[[1, float("nan")]]],
        [[[1, float("inf")]]],
        [[[1e9, 0]]],
        [[[1, 2], [3]]],
        [None],
        [[None]],
    ],
)
def test_anything_else_is_refused_in_one_sentence(wrong):
    with pytest.raises(UserError, match=r"^A drawing is a list of strokes"):
        strokes_to_pixels([wrong])


def test_a_drawing_with_too_many_points_is_refused():
    with pytest.raises(UserError, match=f"{MAX_POINTS:,} points at most"):
        strokes_to_pixels([[[[0, 0]] * (MAX_POINTS + 1)]])


# Pictures


def as_picture(digit: torch.Tensor) -> np.ndarray:
    return digit.numpy()


def test_a_digit_of_mnist_stays_as_it_is_but_for_a_pixel(mnist):
    """Cropped, fitted into the box and centred again, 9 of 10 come out much like they went in."""
    close = 0
    for image in mnist.test.images[:100, 0]:
        again = image_to_pixels(as_picture(image))[0].float()
        close += (again - image.float()).abs().mean() < 12
    assert close >= 90


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 99), st.sampled_from([1, 2, 5, 12]), st.booleans(), st.sampled_from(["L", "RGB", "RGBA", "L1"]))
def test_size_polarity_place_and_channels_do_not_matter(mnist, index, factor, dark, mode):
    digit = mnist.test.images[index, 0].numpy()
    plain = image_to_pixels(digit).float()
    picture = np.kron(digit, np.ones((factor, factor), dtype=np.uint8))
    picture = np.pad(picture, ((3 * factor, 9 * factor), (11 * factor, factor)))
    picture = 255 - picture if dark else picture
    if mode == "L1":
        picture = picture[:, :, None]
    elif mode != "L":
        picture = np.stack([picture] * 3 + [np.full_like(picture, 255)] * (mode == "RGBA"), axis=2)
    assert (image_to_pixels(picture).float() - plain).abs().mean() < 1


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_nothing_is_seen_whatever_its_colour(mnist, ink):
    digit = mnist.test.images[0, 0].numpy()
    picture = np.full((28, 28, 4), ink, dtype=np.uint8)
    picture[:, :, 3] = digit
    assert (image_to_pixels(picture).float() - image_to_pixels(digit).float()).abs().mean() < 6


@pytest.mark.parametrize("shape", [(40, 40), (200, 100, 3), (30, 30, 4), (1, 1), (3, 500)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_an_empty_sheet_is_an_empty_picture(shape, value):
    assert image_to_pixels(np.full(shape, value, dtype=np.uint8)).max() == 0


def test_a_thin_line_in_a_large_picture_is_not_lost():
    picture = np.full((1200, 900), 255, dtype=np.uint8)
    picture[200:1000, 450:454] = 0
    seen = image_to_pixels(picture)[0]
    assert (seen > 128).any(dim=1).sum() >= 18 and 1 <= (seen > 128).any(dim=0).sum() <= 4


@pytest.mark.parametrize("wrong", [np.zeros((28, 28)), np.zeros((2, 2, 2, 2), np.uint8), np.zeros((9, 9, 2), np.uint8)])
def test_what_is_no_picture_is_refused_in_one_sentence(wrong):
    with pytest.raises(UserError, match="A picture"):
        image_to_pixels(wrong)
