import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.config import RECIPES, Recipe, recipe_named
from mnist_core.errors import UserError
from mnist_core.options import NUMBERS


def allowed(name):
    number = NUMBERS[name]
    if number.whole:
        return st.integers(int(number.low), int(number.high))
    return st.floats(number.low, number.high)


recipes = st.fixed_dictionaries({name: allowed(name) for name in NUMBERS})


@given(recipes)
def test_a_recipe_survives_the_way_through_json(numbers):
    recipe = Recipe().changed(**numbers)
    assert Recipe().changed(**json.loads(json.dumps(recipe.as_dict()))) == recipe


@given(st.sampled_from(list(NUMBERS)), st.floats(allow_nan=False, allow_infinity=True))
def test_a_number_beyond_its_limits_is_refused_with_the_value_and_the_reason(name, value):
    number = NUMBERS[name]
    if number.low <= value <= number.high:
        return
    with pytest.raises(UserError) as told:
        Recipe().changed(**{name: value})
    assert number.label in str(told.value)
    assert number.why in str(told.value) or "whole number" in str(told.value)


@pytest.mark.parametrize("value", ["many", None, True, math.nan, [3]])
def test_what_is_no_number_is_refused_in_one_sentence(value):
    with pytest.raises(UserError, match="Epochs must be a number"):
        Recipe(epochs=value)


def test_a_whole_number_may_come_as_a_float_as_sliders_send_it():
    assert Recipe(epochs=3.0).epochs == 3
    with pytest.raises(UserError, match="whole number"):
        Recipe(epochs=2.5)


def test_a_recipe_cannot_be_changed_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().epochs = 3


def test_the_seed_recipe_is_the_published_one():
    recipe = RECIPES["seed"]
    assert (recipe.model, recipe.epochs, recipe.batch_size, recipe.lr, recipe.momentum) == (
        "model_1",
        20,
        128,
        0.01,
        0.9,
    )
    assert recipe.steps_per_epoch() == 469


def test_every_preset_knows_its_name_and_says_what_it_is_for():
    for name, recipe in RECIPES.items():
        assert recipe.name == name and recipe.purpose.endswith(".")


def test_an_unknown_preset_or_field_is_named():
    with pytest.raises(UserError, match="no recipe 'x'.*seed"):
        recipe_named("x")
    with pytest.raises(UserError, match="no 'colour'"):
        Recipe().changed(colour="red")
