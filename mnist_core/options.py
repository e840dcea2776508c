"""What a recipe may say: each number with its meaning and bounds, each choice with what it means."""

import math
from typing import NamedTuple

from mnist_core.errors import UserError


class Number(NamedTuple):
    """A number in a recipe: what it is called and means, what it may be, ends included, and why no more and no less."""

    label: str
    meaning: str
    low: float
    high: float
    whole: bool
    why: str
    group: str  # one of GROUPS

    def checked(self, value) -> int | float:
        """The value as an int or a float, or a UserError that says what is wrong with it."""
        try:
            converted = float(value)
        except (TypeError, ValueError):
            converted = math.nan
        if math.isnan(converted) or isinstance(value, bool):
            raise UserError(f"{self.label} must be a number, but {value!r} is not one.")
        if self.whole and not converted.is_integer():
            raise UserError(f"{self.label} must be a whole number, but {value} is not.")
        if not self.low <= converted <= self.high:
            bounds = f"between {self.low:.10g} and {self.high:.10g}"
            raise UserError(f"{self.label} must lie {bounds}, but {value} does not: {self.why}.")
        return int(converted) if self.whole else converted


GROUPS = ("basics", "digits", "training", "augmentation")

NUMBERS = {
    "epochs": Number(
        "Epochs",
        "passes over all digits",
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
    "settling": Number(
        "Settling",
        "untouched digits that give normalisation its averages after each epoch",
        0,
        60_000,
        True,
        "there are no more",
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
