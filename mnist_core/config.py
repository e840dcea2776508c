"""The recipe: everything that decides a training run, in one frozen dataclass, validated once."""

import dataclasses
import math

from mnist_core.errors import UserError
from mnist_core.options import CHOICES, NUMBERS, in_group

TRAINING_DIGITS = 60_000


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How to train one network. Every value is checked against NUMBERS or CHOICES; UserError says which is off and why.

    name, purpose: the preset that the recipe began from, and what that preset is for
    model: a name in `mnist_core.models.MODELS`
    optimizer, schedule, initialisation: see CHOICES
    lr: the learning rate, at its highest where the schedule changes it
    momentum: of gradient descent; AdamW's first beta
    teacher: the shipped checkpoint that `distillation` takes its probabilities from
    The rest is explained in NUMBERS. Everything is off by default, as in the published experiment.
    """

    name: str = "custom"
    purpose: str = ""
    model: str = "model_1"
    epochs: int = 20
    batch_size: int = 128
    lr: float = 0.01
    momentum: float = 0.9
    seed: int = 0
    optimizer: str = "sgd"
    schedule: str = "constant"
    initialisation: str = "default"
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    averaging: float = 0.0
    teacher: str = "large"
    distillation: float = 0.0
    settling: int = 0
    rotation: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    stroke: float = 0.0
    erasing: float = 0.0
    drawn: int = 0
    scribbles: int = 0
    held_out: int = 0

    def __post_init__(self):
        for field, number in NUMBERS.items():
            object.__setattr__(self, field, number.checked(getattr(self, field)))
        for field, choices in CHOICES.items():
            if getattr(self, field) not in choices:
                raise UserError(f"There is no {field} '{getattr(self, field)}'; choose one of: {', '.join(choices)}.")

    @property
    def digits(self) -> int:
        """How many pictures one epoch passes over."""
        return TRAINING_DIGITS - self.held_out + self.drawn + self.scribbles

    def steps_per_epoch(self, digits: int | None = None) -> int:
        """Steps of the optimizer in one pass over so many digits (default: all of its own); the last may be smaller."""
        return math.ceil((digits or self.digits) / self.batch_size)

    def changed(self, **changes) -> "Recipe":
        """This recipe with some values changed. UserError names a field that does not exist."""
        unknown = changes.keys() - {field.name for field in dataclasses.fields(self)}
        if unknown:
            raise UserError(f"A recipe has no '{sorted(unknown)[0]}'; it has {', '.join(NUMBERS)} and model.")
        return dataclasses.replace(self, **changes)

    @property
    def checkpoint(self) -> str:
        """What the checkpoint is called that ships with this preset."""
        if self.drawn:
            return self.name
        return self.model if self.name in ("seed", self.model) else f"{self.model}-{self.name}"

    def augments(self) -> bool:
        """Whether the digits are varied at all."""
        return any(getattr(self, field) for field in in_group("augmentation"))

    def lr_at(self, step: int, steps: int) -> float:
        """The learning rate of a step, from 0, of so many in all.

        One cycle (Smith 2018): a linear rise over the first fifth, then half a cosine down to nothing.
        """
        if self.schedule == "constant":
            return self.lr
        done, rise = (step + 1) / steps, 0.2
        if done < rise:
            return self.lr * done / rise
        return self.lr * (1 + math.cos(math.pi * (done - rise) / (1 - rise))) / 2

    def as_dict(self) -> dict:
        """The recipe as plain values for JSON."""
        return dataclasses.asdict(self)


# What most presets share. One cycle: Smith 2018; AdamW: Loshchilov and Hutter 2019.
ONE_CYCLE = {"optimizer": "adamw", "schedule": "one_cycle"}
MOVED = {"rotation": 10.0, "shift": 2.0, "zoom": 10.0, "shear": 10.0}
STRONGLY_VARIED = {"rotation": 15.0, "shift": 4.0, "zoom": 15.0, "shear": 15.0, "elastic": 0.8, "stroke": 0.4}

PRESETS = [
    Recipe(
        name="seed",
        purpose="The published experiment as it was: plain stochastic gradient descent on the untouched digits.",
    ),
    Recipe(
        name="better",
        purpose="The published network, better trained: larger first weights, one cycle, moved digits, a teacher.",
        lr=0.01,
        weight_decay=0.01,
        initialisation="he",
        distillation=0.7,
        **ONE_CYCLE,
        **MOVED,
    ),
    Recipe(
        name="quick",
        purpose="The published accuracy on the published network in three epochs, by one cycle alone.",
        epochs=3,
        lr=0.01,
        initialisation="he",
        **ONE_CYCLE,
    ),
    Recipe(
        name="model_2",
        purpose="The second step of the path: one cycle, moved digits and a teacher, for a network that is normalised.",
        model="model_2",
        epochs=15,
        lr=0.01,
        weight_decay=0.01,
        distillation=0.9,
        settling=10_000,
        **ONE_CYCLE,
        **MOVED,
    ),
    Recipe(
        name="model_3",
        purpose="The last step of the path: a long training on moved digits, with `large` as its teacher.",
        model="model_3",
        epochs=40,
        lr=0.01,
        weight_decay=0.01,
        distillation=0.7,
        settling=10_000,
        **ONE_CYCLE,
        **MOVED,
    ),
    Recipe(
        name="tiny",
        purpose="To see how little is enough; no variations, since so small a network learns nothing by heart.",
        model="tiny",
        epochs=24,
        lr=0.02,
        **ONE_CYCLE,
    ),
    Recipe(
        name="large",
        purpose="As few errors as one network can make that trains here; it also teaches the smaller ones.",
        model="large",
        epochs=30,
        lr=0.1,
        weight_decay=0.0005,
        schedule="one_cycle",
        settling=10_000,
        **STRONGLY_VARIED,
    ),
    Recipe(
        name="draw",
        purpose="To read anybody's drawings: MNIST, as many digits made up in other styles, and scribbles to doubt.",
        model="large",
        epochs=18,
        lr=0.004,
        weight_decay=0.05,
        drawn=60_000,
        scribbles=12_000,
        held_out=5_000,
        **ONE_CYCLE,
        **(MOVED | {"zoom": 12.0, "elastic": 0.5, "stroke": 0.4}),
    ),
    Recipe(
        name="fast",
        purpose="99 % as soon as possible: one epoch, one cycle, no time for variations.",
        model="fast",
        epochs=1,
        batch_size=256,
        lr=0.02,
        momentum=0.8,
        **ONE_CYCLE,
    ),
]
RECIPES = {recipe.name: recipe for recipe in PRESETS}


def recipe_named(name: str) -> Recipe:
    """The preset of that name; UserError lists the presets when there is none."""
    if name not in RECIPES:
        raise UserError(f"There is no recipe '{name}'; choose one of: {', '.join(RECIPES)}.")
    return RECIPES[name]
