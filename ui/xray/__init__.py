"""What is done to a drawing on its way to the network, step by step, and what each step is worth."""

import base64
from collections.abc import Callable
from pathlib import Path

import torch

from mnist_core.errors import UserError
from mnist_core.predict import Predictor
from mnist_core.sketch import Steps, prepared
from ui.component import DrawingComponent
from ui.readings import readings

# Widths that are drawn, in the strokes' units; the pad's slider goes from 8 to 40.
THINNEST, BROADEST = 1, 100


class XRay(DrawingComponent):
    """The pictures between the pad and the network, each step with a switch; it follows the drawing.

    predictor: gives the network of a name, or raises a UserError.
    """

    def __init__(self, predictor: Callable[[str], Predictor]):
        super().__init__(Path(__file__).parent, None, [StepByStep(predictor).look], elem_id="xray")


class StepByStep:
    """Prepares a drawing step by step, and reads it after each one."""

    def __init__(self, predictor: Callable[[str], Predictor]):
        self._predictor = predictor

    def look(self, drawing: dict) -> dict:
        """The drawing simply shrunk, and after each of the steps up to the last one.

        drawing: {"model": NAME, "strokes": [[[x, y], ...], ...], "brush": WIDTH, "scale", "pen", "centre": BOOL}, the
        last three saying which steps are taken. It answers with {"pictures", "readings"}: four times 784 bytes in
        base64, and one reading for each (see `ui.readings`); or with {"error"}.
        """
        try:
            steps, brush = _checked(drawing)
            predictor = self._predictor(drawing.get("model"))
            pixels = torch.cat([prepared([drawing.get("strokes")], some, brush=brush) for some in one_by_one(steps)])
        except UserError as error:
            return {"error": str(error)}
        pictures = base64.b64encode(pixels.numpy().tobytes()).decode()
        return {"pictures": pictures, "readings": readings(predictor, pixels)}


def one_by_one(steps: Steps) -> list[Steps]:
    """No step at all, the first one, the first two, and so on, each only where it is among the given ones."""
    return [Steps(*(taken and place < count for place, taken in enumerate(steps))) for count in range(len(steps) + 1)]


def _checked(drawing) -> tuple[Steps, float]:
    """The steps and the brush that somebody asks for. UserError if they are something else."""
    if not isinstance(drawing, dict):
        raise UserError("A drawing is sent as an object with the model's name, the strokes, the brush and the steps.")
    steps = Steps(*(drawing.get(name) for name in Steps._fields))
    if not all(isinstance(taken, bool) for taken in steps):
        raise UserError(f"Each of the steps {', '.join(Steps._fields)} is true or false.")
    brush = drawing.get("brush")
    if isinstance(brush, bool) or not isinstance(brush, (int, float)) or not THINNEST <= brush <= BROADEST:
        raise UserError(f"The brush's width is a number from {THINNEST} to {BROADEST}.")
    return steps, float(brush)
