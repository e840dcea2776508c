"""Sixteen training digits as the augmentation in the form would vary them."""

import base64
from pathlib import Path

import torch

from mnist_core.augment import augment, draw_variations
from mnist_core.config import Recipe
from mnist_core.data import first_training_images
from ui.component import FileComponent

SHOWN = 16
# Any number, but always the same one: each digit then goes its own way as a slider moves, and back again.
CHANCE = 4


class Preview(FileComponent):
    """Its value are the digits' pixels, 16 times 784 bytes in base64: see `varied_digits`."""

    def __init__(self):
        super().__init__(Path(__file__).parent, elem_id="preview")


def varied_digits(recipe: Recipe) -> str:
    """The same sixteen digits, each varied in its own direction, as far as the recipe goes: bytes in base64."""
    images = first_training_images(SHOWN)
    variations = draw_variations(recipe, SHOWN, torch.Generator().manual_seed(CHANCE))
    return base64.b64encode(augment(images, variations).byte().numpy().tobytes()).decode()
