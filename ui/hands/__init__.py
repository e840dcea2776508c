"""The styles of `mnist_core.styles`, each as another hand writes it."""

import base64
from pathlib import Path

import torch

from mnist_core.errors import UserError
from mnist_core.penmanship import write_style
from mnist_core.styles import STYLES
from ui.component import FileComponent


class Hands(FileComponent):
    """All styles as pictures, written anew at each click."""

    def __init__(self):
        styles = [[style.digit, style.name] for style in STYLES]
        super().__init__(Path(__file__).parent, None, [write], elem_id="hands", styles=styles)


def write(seed: int) -> dict:
    """Every style by a hand that the seed decides: {"pixels"}, 784 bytes for each of STYLES, in base64."""
    try:
        if not isinstance(seed, int) or not 0 <= seed < 2**31:
            raise UserError("A hand is chosen by a whole number from 0 on.")
        generator = torch.Generator().manual_seed(seed)
        pixels = torch.cat([write_style(style, 1, generator) for style in STYLES])
        return {"pixels": base64.b64encode(pixels.numpy().tobytes()).decode()}
    except UserError as error:
        return {"error": str(error)}
