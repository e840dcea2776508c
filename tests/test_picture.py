import subprocess
import sys

import numpy as np
import pytest
import torch
from conftest import PROJECT
from hypothesis import given, settings
from hypothesis import strategies as st
from photos import BLUE, BOARD, CHALK, KINDS, photo

from mnist_core.errors import UserError
from mnist_core.picture import Part, find_parts, image_to_pixels, parts_to_pixels, split_part
from mnist_core.predict import Predictor


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


@pytest.fixture(scope="module")
def sample(mnist):
    """Digits drawn from the test set by a seed, uint8 [40, 28, 28], and what they are."""
    chosen = np.random.default_rng(1).choice(10_000, 40, replace=False)
    return mnist.test.images[chosen, 0].numpy(), mnist.test.labels[chosen]


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_reads_as_the_clean_digit(predictor, sample, kind):
    """Of 40 digits all were read in each kind, but for one of the small ones on ruled paper."""
    count = 4 if kind.startswith("small") else 12
    digits, labels = sample[0][:count], sample[1][:count]
    photos = [photo([digit], seed, **KINDS[kind]) for seed, digit in enumerate(digits)]
    clean = (predictor.pixels(torch.from_numpy(digits)[:, None]).argmax(dim=1) == labels).sum()
    assert (predictor.images(photos).argmax(dim=1) == labels).sum() >= clean - 1


NUMBERS = {
    "scan": {},
    "shadow on squared paper": {"squared": 30, "shadow": 0.3, "pen": BLUE},
    "chalk": {"paper": BOARD, "pen": CHALK, "noise": 8, "gradient": 0.4},
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_is_found_as_so_many_parts_from_left_to_right(predictor, mnist, kind):
    """Digits that MNIST shows in one piece: 7, 2, 1, 0, 4."""
    digits, right = mnist.test.images[:5, 0].numpy(), 0
    for seed in range(4):
        parts = find_parts(photo(digits, seed, size=(700, 260), scale=4, **NUMBERS[kind]))
        assert [part.left for part in parts] == sorted(part.left for part in parts)
        read = predictor.pixels(parts_to_pixels([[part] for part in parts])).argmax(dim=1).tolist()
        right += read == [7, 2, 1, 0, 4]
    assert right >= 3


@pytest.mark.parametrize(
    "sheet", [{}, {"gradient": 0.6}, {"shadow": 0.4}, {"ruled": 50}, {"squared": 30}, {"noise": 14}]
)
@pytest.mark.parametrize("paper", [(246, 244, 238), BOARD])
def test_a_photo_of_an_empty_sheet_has_no_ink(sheet, paper):
    nothing = np.zeros((28, 28), np.uint8)
    for seed in range(2):
        assert image_to_pixels(photo([nothing], seed, paper=paper, **sheet)).max() == 0


def test_a_frame_and_specks_are_no_ink(sample):
    for seed, digit in enumerate(sample[0][:4]):
        plain = photo([digit], seed, size=(500, 500))
        marked = plain.copy()
        marked[20:480, 20:26] = marked[20:480, 474:480] = marked[20:26, 20:480] = marked[474:480, 20:480] = 40
        marked[40:43, 40:43] = marked[450:452, 300:303] = 40
        assert (image_to_pixels(marked).float() - image_to_pixels(plain).float()).abs().mean() < 2


def test_touching_digits_are_cut_apart_in_one_of_the_ways(predictor, mnist):
    """Where two digits overlap by a little, one of the ways to cut gives both: which one, the network can tell."""
    digits, labels = mnist.test.images[:60, 0].numpy(), mnist.test.labels
    found = 0
    pairs = range(0, 40, 2)
    for first in pairs:
        one, other = (digit[:, np.flatnonzero(digit.max(axis=0) > 80)] for digit in digits[first : first + 2])
        wide = np.zeros((28, one.shape[1] + other.shape[1] - 2), np.uint8)
        wide[:, : one.shape[1]] = one
        wide[:, one.shape[1] - 2 :] = np.maximum(wide[:, one.shape[1] - 2 :], other)
        picture = np.kron(np.pad(wide, 6), np.ones((5, 5), np.uint8))
        parts = find_parts(picture)
        ways = [[[part] for part in parts]] if len(parts) == 2 else [[[p] for p in w] for w in split_part(parts[0])]
        read = [predictor.pixels(parts_to_pixels(way)).argmax(dim=1).tolist() for way in ways]
        found += labels[first : first + 2].tolist() in read
    assert found >= 0.8 * len(pairs)


def test_cuts_lose_no_ink_and_keep_the_order():
    ink = torch.zeros(40, 90)
    ink[:, 5:12] = ink[:, 40:47] = ink[:, 78:85] = ink[20:23, 5:85] = 1
    ways = split_part(Part(ink[:, 5:85].clone(), 100, 50))
    assert {len(way) for way in ways} == {2, 3}
    for way in ways:
        assert [piece.left for piece in way] == sorted(piece.left for piece in way)
        assert sum(float(piece.ink.sum()) for piece in way) == float(ink.sum())
        assert all(100 <= piece.left < piece.right <= 180 and 50 <= piece.top < piece.bottom <= 90 for piece in way)
    assert split_part(Part(ink[:, 5:12].clone(), 0, 0)) == []


def test_a_group_of_parts_is_drawn_as_one_digit(sample):
    for digit in sample[0][:10]:
        picture = np.kron(digit, np.ones((6, 6), np.uint8))
        assert torch.equal(parts_to_pixels([find_parts(picture), []])[0], image_to_pixels(picture))
    assert parts_to_pixels([[]]).max() == 0 and parts_to_pixels([]).shape == (0, 1, 28, 28)


def test_opencv_waits_for_the_first_picture():
    code = "import sys, mnist_core.predict; assert 'cv2' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=True, timeout=60)


def test_a_digit_of_mnist_stays_as_it_is_but_for_a_pixel(mnist):
    """Cropped, fitted into the box and centred again, lines of the usual width come out much like they went in."""
    close = 0
    for image in mnist.test.images[:100, 0]:
        again = image_to_pixels(image.numpy())[0].float()
        close += (again - image.float()).abs().mean() < 12
    assert close >= 75


@settings(max_examples=50)
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


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_drawing_that_the_border_cuts_is_read_all_the_same(predictor, mnist, side):
    """A drawing without noise, as programs make them, a tenth of a pixel of MNIST's beyond the edge of its sheet."""
    right = 0
    for image, label in zip(mnist.test.images[:20, 0].numpy(), mnist.test.labels[:20].tolist(), strict=True):
        rows, columns = np.flatnonzero((image > 60).any(axis=1)), np.flatnonzero((image > 60).any(axis=0))
        box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        sheet = np.pad(np.kron(box, np.ones((10, 10), np.uint8)), 80)
        cut = {"left": np.s_[:, 81:], "right": np.s_[:, :-81], "top": np.s_[81:], "bottom": np.s_[:-81]}[side]
        right += int(predictor.pixels(image_to_pixels(255 - sheet[cut])[None]).argmax()) == label
    assert right >= 18
