import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.errors import UserError
from mnist_core.sketch import BOX, CENTRE, MAX_POINTS, strokes_to_pixels

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


@given(DRAWINGS, st.floats(-5000, 5000), st.floats(-5000, 5000), st.floats(0.01, 100))
def test_where_and_how_large_a_digit_is_drawn_does_not_matter(drawing, x, y, scale):
    moved = changed(drawing, lambda point: scale * point + (x, y))
    assert (pixels(moved) - pixels(drawing)).abs().max() <= 2


@given(DRAWINGS, st.integers(2, 40))
def test_how_often_the_pen_was_sampled_does_not_matter(drawing, parts):
    assert (pixels(resampled(drawing, parts)) - pixels(drawing)).abs().max() <= 2


@given(DRAWINGS)
def test_doubled_points_and_empty_strokes_do_no_harm(drawing):
    doubled = [[point for point in stroke for _ in range(3)] for stroke in drawing]
    assert torch.equal(pixels([[], *doubled, []]), pixels(drawing))


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
