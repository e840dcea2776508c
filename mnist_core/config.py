"""The recipe: everything that decides a training run, in one frozen dataclass, validated once."""

import dataclasses
import math
from typing import NamedTuple

from mnist_core.errors import UserError

TRAINING_DIGITS = 60_000


class Number(NamedTuple):
    """A number in a recipe: what it is called and means, what it may be, ends included, and why no more and no less."""

    label: str
    meaning: str
    low: float
    high: float
    whole: bool
    why: str


NUMBERS = {
    "epochs": Number(
        "Epochs", "passes over all 60,000 digits", 1, 200, True, "these networks stop improving long before 200 epochs"
    ),
    "batch_size": Number(
        "Batch size",
        "digits in one step",
        8,
        2048,
        True,
        "fewer make an epoch take minutes, more leave few steps to learn",
    ),
    "lr": Number(
        "Learning rate",
        "how far each step goes",
        1e-5,
        1.0,
        False,
        "below it nothing is learnt, above it the loss runs away",
    ),
    "momentum": Number(
        "Momentum", "how much of the last step is kept", 0.0, 0.99, False, "at 1 the steps would never slow down"
    ),
    "seed": Number("Seed", "decides the first weights and the order", 0, 2**31 - 1, True, "it has to fit into 31 bits"),
}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to train one network. Every number is checked against NUMBERS; UserError says which one is off and why.

    name, purpose: the preset that the recipe began from, and what that preset is for
    model: a name in `mnist_core.models.MODELS`
    epochs: passes over all training digits
    batch_size: digits in one step of the optimizer
    lr, momentum: of stochastic gradient descent
    seed: decides the first weights and the order of the digits
    """

    name: str = "custom"
    purpose: str = ""
    model: str = "model_1"
    epochs: int = 20
    batch_size: int = 128
    lr: float = 0.01
    momentum: float = 0.9
    seed: int = 0

    def __post_init__(self):
        for field, number in NUMBERS.items():
            object.__setattr__(self, field, _checked(number, getattr(self, field)))

    def steps_per_epoch(self, digits: int = TRAINING_DIGITS) -> int:
        """Steps of the optimizer in one pass over so many digits; the last batch may be smaller."""
        return math.ceil(digits / self.batch_size)

    def changed(self, **changes) -> "Recipe":
        """This recipe with some values changed. UserError names a field that does not exist."""
        unknown = changes.keys() - {field.name for field in dataclasses.fields(self)}
        if unknown:
            raise UserError(f"A recipe has no '{sorted(unknown)[0]}'; it has {', '.join(NUMBERS)} and model.")
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> dict:
        """The recipe as plain values for JSON."""
        return dataclasses.asdict(self)


def _checked(number: Number, value) -> int | float:
    """The value as an int or a float, or a UserError that says what is wrong with it."""
    try:
        converted = float(value)
    except (TypeError, ValueError):
        converted = math.nan
    if math.isnan(converted) or isinstance(value, bool):
        raise UserError(f"{number.label} must be a number, but {value!r} is not one.")
    if number.whole and not converted.is_integer():
        raise UserError(f"{number.label} must be a whole number, but {value} is not.")
    if not number.low <= converted <= number.high:
        bounds = f"between {number.low:.10g} and {number.high:.10g}"
        raise UserError(f"{number.label} must lie {bounds}, but {value} does not: {number.why}.")
    return int(converted) if number.whole else converted


RECIPES = {
    "seed": Recipe(
        name="seed",
        purpose="The published experiment as it was: plain stochastic gradient descent on the untouched digits.",
    ),
}


def recipe_named(name: str) -> Recipe:
    """The preset of that name; UserError lists the presets when there is none."""
    if name not in RECIPES:
        raise UserError(f"There is no recipe '{name}'; choose one of: {', '.join(RECIPES)}.")
    return RECIPES[name]
