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
    group: str  # one of GROUPS


GROUPS = ("basics", "digits", "training", "augmentation")

NUMBERS = {
    "epochs": Number(
        "Epochs",
        "passes over all 60,000 digits",
        1,
        200,
        True,
        "these networks stop improving long before 200 epochs",
        "basics",
    ),
    "batch_size": Number(
        "Batch size",
        "digits in one step",
        8,
        2048,
        True,
        "fewer make an epoch take minutes, more leave few steps to learn",
        "basics",
    ),
    "lr": Number(
        "Learning rate",
        "how far each step goes, at most",
        1e-5,
        1.0,
        False,
        "below it nothing is learnt, above it the loss runs away",
        "basics",
    ),
    "momentum": Number(
        "Momentum",
        "how much of the last step is kept",
        0.0,
        0.99,
        False,
        "at 1 the steps would never slow down",
        "basics",
    ),
    "seed": Number(
        "Seed",
        "decides the first weights, the order and the augmentation",
        0,
        2**31 - 1,
        True,
        "it has to fit into 31 bits",
        "basics",
    ),
    "drawn": Number(
        "Drawn digits",
        "digits in many people's styles, made up stroke by stroke and added to MNIST's",
        0,
        120_000,
        True,
        "more make an epoch take minutes",
        "digits",
    ),
    "scribbles": Number(
        "Scribbles",
        "made-up drawings that are no digit, so that the network learns to doubt",
        0,
        60_000,
        True,
        "more than digits, and it doubts everything",
        "digits",
    ),
    "held_out": Number(
        "Held out",
        "MNIST's last training digits not learnt from, kept to calibrate by",
        0,
        30_000,
        True,
        "more than half would be missed",
        "digits",
    ),
    "weight_decay": Number(
        "Weight decay",
        "pulls weights towards 0, so that none grows without need",
        0.0,
        1.0,
        False,
        "more leaves nothing of the weights",
        "training",
    ),
    "label_smoothing": Number(
        "Label smoothing",
        "share of each label spread over all ten digits, against overconfidence",
        0.0,
        0.5,
        False,
        "with more, the label says less than the rest",
        "training",
    ),
    "averaging": Number(
        "Weight averaging",
        "how slowly the tested average follows the weights; 0 tests the weights themselves",
        0.0,
        0.9999,
        False,
        "at 1 the average would never move",
        "training",
    ),
    "distillation": Number(
        "Distillation",
        "share of the loss that asks for the teacher's probabilities instead of the label",
        0.0,
        1.0,
        False,
        "it is a share",
        "training",
    ),
    "rotation": Number(
        "Rotation", "degrees to either side, at most", 0.0, 45.0, False, "turned further, a 6 is a 9", "augmentation"
    ),
    "shift": Number(
        "Shift",
        "pixels in any direction, at most",
        0.0,
        6.0,
        False,
        "further, strokes leave the picture",
        "augmentation",
    ),
    "zoom": Number(
        "Zoom", "percent larger or smaller, at most", 0.0, 50.0, False, "beyond, digits do not fit", "augmentation"
    ),
    "shear": Number(
        "Slant",
        "degrees to either side, at most",
        0.0,
        45.0,
        False,
        "nobody writes more slanted than that",
        "augmentation",
    ),
    "elastic": Number(
        "Elastic",
        "pixels that strokes wobble by, typically",
        0.0,
        3.0,
        False,
        "beyond, digits cannot be read",
        "augmentation",
    ),
    "stroke": Number(
        "Stroke width",
        "how much bolder or finer at most; 1 is a pixel on each side",
        0.0,
        1.0,
        False,
        "beyond, fine strokes vanish",
        "augmentation",
    ),
    "erasing": Number(
        "Erasing",
        "pixels of the side of a patch wiped out, at most",
        0.0,
        14.0,
        False,
        "a larger patch can hide the digit",
        "augmentation",
    ),
}

CHOICES = {
    "optimizer": {
        "sgd": "plain gradient descent with momentum",
        "adamw": "each weight's steps scaled to its own gradients",
    },
    "schedule": {"constant": "the learning rate stays", "one_cycle": "it rises at first, then falls to nothing"},
    "initialisation": {
        "default": "PyTorch's own",
        "he": "larger first weights, which keep the signal's strength through ReLUs (He et al. 2015)",
    },
}


def in_group(group: str) -> dict[str, Number]:
    """The numbers of one of GROUPS, by field."""
    return {field: number for field, number in NUMBERS.items() if number.group == group}


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
            object.__setattr__(self, field, _checked(number, getattr(self, field)))
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


# What most presets share. One cycle: Smith 2018; AdamW: Loshchilov and Hutter 2019.
ONE_CYCLE = {"optimizer": "adamw", "schedule": "one_cycle"}
MOVED = {"rotation": 10.0, "shift": 2.0, "zoom": 10.0, "shear": 10.0}
VARIED = MOVED | {"elastic": 0.5, "stroke": 0.3}
STRONGLY_VARIED = {"rotation": 12.0, "shift": 2.0, "zoom": 12.0, "shear": 12.0, "elastic": 0.8, "stroke": 0.4}

PRESETS = [
    Recipe(
        name="seed",
        purpose="The published experiment as it was: plain stochastic gradient descent on the untouched digits.",
    ),
    Recipe(
        name="better",
        purpose="The published network, better trained: larger first weights, one cycle, varied digits.",
        lr=0.01,
        weight_decay=0.01,
        initialisation="he",
        **ONE_CYCLE,
        **VARIED,
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
        purpose="The second step of the path: one cycle and varied digits for a network that is normalised.",
        model="model_2",
        epochs=15,
        lr=0.01,
        weight_decay=0.01,
        **ONE_CYCLE,
        **VARIED,
    ),
    Recipe(
        name="model_3",
        purpose="The last step of the path: a long training on varied digits, with a teacher fifty times its size.",
        model="model_3",
        epochs=40,
        lr=0.01,
        weight_decay=0.01,
        teacher="large-teacher",
        distillation=0.7,
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
        purpose="As few errors as one network can make that trains here, with a teacher of its own size.",
        model="large",
        epochs=22,
        lr=0.004,
        weight_decay=0.05,
        teacher="large-teacher",
        distillation=0.7,
        **ONE_CYCLE,
        **STRONGLY_VARIED,
    ),
    Recipe(
        name="teacher",
        purpose="The teacher of `large` and model_3: as `large`, without a teacher of its own.",
        model="large",
        epochs=25,
        lr=0.004,
        weight_decay=0.05,
        **ONE_CYCLE,
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
        **(VARIED | {"zoom": 12.0, "stroke": 0.4}),
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
