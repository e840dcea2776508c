"""Made-up drawings: every style, every scribble, and what a recipe gathers of them."""

import pytest
import torch

from mnist_core.config import Recipe
from mnist_core.data import NO_DIGIT
from mnist_core.penmanship import gather, scribble, write_digits, write_style
from mnist_core.styles import STYLES


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.digit} {style.name}")
def test_a_style_is_drawn_by_many_hands_like_mnists_digits(style):
    pixels = write_style(style, 20, generator())
    assert len(pixels.flatten(1).unique(dim=0)) == 20
    ink = pixels.float().mean(dim=(1, 2, 3)) / 255
    assert (ink > 0.03).all() and (ink < 0.3).all()


@pytest.mark.parametrize("style", STYLES, ids=lambda style: f"{style.digit} {style.name}")
def test_both_poses_of_a_style_have_the_same_points_and_corners(style):
    def corners(stroke):
        return [i for i in range(1, len(stroke)) if stroke[i] == stroke[i - 1]]

    for one, other in zip(style.one, style.other, strict=True):
        assert len(one) == len(other) and corners(one) == corners(other)


def test_all_ten_digits_are_alike_often_and_follow_from_the_generator():
    digits = write_digits(2000, generator())
    assert torch.bincount(digits.labels, minlength=10).min() > 140
    again = write_digits(2000, generator())
    assert torch.equal(digits.images, again.images) and torch.equal(digits.labels, again.labels)
    assert not torch.equal(digits.labels, write_digits(2000, generator(1)).labels)


def test_a_scribble_has_ink_and_is_labelled_as_no_digit():
    scribbles = scribble(300, generator())
    assert (scribbles.labels == NO_DIGIT).all()
    assert (scribbles.images.flatten(1).amax(dim=1) == 255).float().mean() > 0.95


def test_a_recipe_gathers_what_it_asks_for(few):
    plain = gather(Recipe(), few.train)
    assert torch.equal(plain.images, few.train.images) and torch.equal(plain.labels, few.train.labels)
    recipe = Recipe(drawn=40, scribbles=10, held_out=100)
    mixed = gather(recipe, few.train)
    assert len(mixed) == 600 - 100 + 40 + 10
    assert torch.equal(mixed.images[:500], few.train.images[:500])
    assert (mixed.labels == NO_DIGIT).sum() == 10
    assert recipe.digits == 60_000 - 100 + 40 + 10


def test_the_shipped_reader_reads_the_styles_and_doubts_the_scribbles():
    from mnist_core.predict import Predictor

    predictor = Predictor.load()
    digits, scribbles = write_digits(1000, generator(7)), scribble(500, generator(7))
    answers = predictor.pixels(digits.images).argmax(dim=1)
    assert (answers == digits.labels).float().mean() > 0.98
    assert predictor.accepts(predictor.pixels(scribbles.images)).float().mean() < 0.1
