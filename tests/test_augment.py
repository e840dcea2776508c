import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.augment import _basis, augment, draw_variations
from mnist_core.config import Recipe
from mnist_core.options import in_group

CPU = torch.device("cpu")
STRENGTHS = in_group("augmentation")
strengths = st.fixed_dictionaries({name: st.floats(0, number.high) for name, number in STRENGTHS.items()})


def varied(images, seed=0, **strength):
    generator = torch.Generator().manual_seed(seed)
    return augment(images, draw_variations(Recipe(**strength), len(images), generator))


def centres(pixels):
    """Where the ink of each picture balances, in pixels [N, 2]: x, y."""
    places = torch.arange(28.0) + 0.5
    ink = pixels[:, 0].double()
    weight = ink.sum(dim=(1, 2))
    return torch.stack([(ink.sum(dim=1) @ places.double()) / weight, (ink.sum(dim=2) @ places.double()) / weight], 1)


@settings(max_examples=25)
@given(strengths, st.integers(0, 100))
def test_whatever_the_strengths_digits_stay_pictures_and_a_seed_decides_them(few, strength, seed):
    images = few.train.images[:20]
    first, again = varied(images, seed, **strength), varied(images, seed, **strength)
    assert first.shape == images.shape and first.dtype == torch.float32
    assert first.min() >= 0 and first.max() <= 255 + 1e-3
    assert torch.equal(first, again)


def test_without_strengths_the_digits_are_as_they_were(few):
    assert torch.equal(varied(few.train.images), few.train.images.float())
    assert not Recipe().augments() and Recipe(shift=1).augments()


@pytest.mark.parametrize("name", STRENGTHS)
def test_each_strength_changes_each_digit_in_its_own_way(few, name):
    one = few.train.images[:1].expand(20, 1, 28, 28)
    changed = varied(one, **{name: STRENGTHS[name].high})
    different = {tuple(picture.flatten().tolist()) for picture in changed}
    assert len(different) >= 9


def test_a_shift_is_in_pixels_and_in_all_directions(few):
    moved = centres(varied(few.train.images[:300], shift=2.0)) - centres(few.train.images[:300].float())
    assert moved.abs().max() <= 2.05 and moved.abs().max() > 1.7
    assert moved.mean(dim=0).abs().max() < 0.25


def test_a_rotation_is_in_degrees():
    bar = torch.zeros(200, 1, 28, 28, dtype=torch.uint8)
    bar[:, :, 6:22, 13:15] = 255
    turned = varied(bar, rotation=30.0)[:, 0].double()
    places = torch.arange(28).double() - 13.5
    y, x = places[:, None], places[None, :]
    angles = 0.5 * torch.atan2(2 * (turned * x * y).sum((1, 2)), (turned * (y**2 - x**2)).sum((1, 2)))
    assert 27 < math.degrees(angles.abs().max()) <= 30.5


def test_zoom_is_in_percent_each_way():
    square = torch.zeros(200, 1, 28, 28, dtype=torch.uint8)
    square[:, :, 9:19, 9:19] = 255
    widths = varied(square, zoom=20.0)[:, 0].sum(dim=2).amax(dim=1) / 255
    assert 7.9 <= widths.min() < 8.4 and 11.6 < widths.max() <= 12.6


def test_elastic_wobbles_by_its_strength_and_smoothly():
    recipe = Recipe(elastic=1.0)
    variations = draw_variations(recipe, 2000, torch.Generator().manual_seed(0))
    plain = draw_variations(Recipe(shift=1e-9), 1, torch.Generator())
    grid = (variations.warp @ _basis(True, CPU)).view(2000, 2, 28, 28) * 14
    still = (plain.warp @ _basis(False, CPU)).view(1, 2, 28, 28)
    wobble = grid - still * 14
    assert abs(wobble.std() - 1) < 0.05
    assert (wobble.diff(dim=3)).std() < 0.4


def test_strokes_become_bolder_and_finer_but_stay_in_place(few):
    images = few.train.images[:200]
    changed = varied(images, stroke=1.0)
    ink = changed.sum(dim=(1, 2, 3)) / images.sum(dim=(1, 2, 3))
    assert ink.min() < 0.5 and ink.max() > 1.6
    bolder = ink > 1.2
    assert (centres(changed[bolder]) - centres(images[bolder].float())).abs().max() < 1


def test_erasing_wipes_one_rectangle_and_no_more_than_its_side(few):
    paper = torch.full((300, 1, 28, 28), 255, dtype=torch.uint8)
    wiped = varied(paper, erasing=8.0)[:, 0] == 0
    heights, widths = wiped.any(dim=2).sum(dim=1), wiped.any(dim=1).sum(dim=1)
    assert heights.max() <= 8 and widths.max() <= 8 and heights.max() >= 6
    assert torch.equal(wiped.sum(dim=(1, 2)), heights * widths)


def test_a_batch_of_the_epoch_is_what_the_epoch_drew(few):
    images = few.train.images[:50]
    variations = draw_variations(
        Recipe(**{name: number.high / 4 for name, number in STRENGTHS.items()}), 50, torch.Generator().manual_seed(3)
    )
    whole = augment(images, variations)
    parts = torch.cat([augment(images[i : i + 20], variations.part(i, i + 20)) for i in range(0, 50, 20)])
    torch.testing.assert_close(whole, parts)
