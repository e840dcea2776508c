"""One drawing, read by every network at once."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from mnist_core.errors import UserError
from mnist_core.models import build
from mnist_core.predict import Predictor
from mnist_core.runs import Run, RunLibrary
from mnist_core.sketch import strokes_to_pixels
from ui.component import DrawingComponent
from ui.readings import readings
from ui.words import run_label

MOST_OWN = 12  # runs of the user's to choose from, the newest
MOST = 24  # networks that one question may ask


class Panel(DrawingComponent):
    """A row for each network that reads along; it follows the drawing. Its value is what `Readers.networks` gives.

    predictor: gives the network of a name, or raises a UserError.
    """

    def __init__(self, library: RunLibrary, predictor: Callable[[str], Predictor]):
        readers = Readers(library, predictor)
        super().__init__(Path(__file__).parent, readers.networks(), [readers.networks, readers.read], elem_id="panel")


class Readers:
    """All networks that there are, and what they say to a drawing."""

    def __init__(self, library: RunLibrary, predictor: Callable[[str], Predictor]):
        self._library, self._predictor = library, predictor

    def networks(self, _=None) -> list[dict]:
        """What there is to choose from, each with "name", "label", "parameters" and whether it is "shipped"."""
        shipped = [_network(run, run.name, True) for run in self._library.shipped_runs()]
        own = [_network(run, run_label(run), False) for run in self._library.own_runs() if run.has_weights()]
        return shipped + own[:MOST_OWN]

    def read(self, question: dict) -> dict:
        """What each network says to a drawing, and whether that differs from what the pad's network says.

        question: {"model": NAME of the pad's, "models": [NAME, ...], "strokes": [[[x, y], ...], ...]}. It answers with
        {"digit": what the pad's says, "rows": one for each, in that order}, a row being a reading (see `ui.readings`)
        with "differs", or {"error"} where that network cannot be had; or with {"error"} alone.
        """
        try:
            model, models = _checked(question)
            pixels = strokes_to_pixels([question.get("strokes")])
            chosen = readings(self._predictor(model), pixels)[0]
            rows = [self._row(name, pixels, chosen["digit"]) for name in models]
            return {"digit": chosen["digit"], "rows": rows}
        except UserError as error:
            return {"error": str(error)}

    def _row(self, name: str, pixels, digit: int | None) -> dict:
        try:
            reading = readings(self._predictor(name), pixels)[0]
        except UserError as error:
            return {"error": str(error)}
        return reading | {"differs": reading["digit"] != digit}


def _network(run: Run, label: str, shipped: bool) -> dict:
    return {"name": run.name, "label": label, "parameters": parameters(run.recipe.model), "shipped": shipped}


@cache
def parameters(model: str) -> int:
    """How many numbers a network of that kind learns."""
    return sum(parameter.numel() for parameter in build(model).parameters())


def _checked(question) -> tuple[str, list[str]]:
    """The pad's network and those that read along. UserError if they are something else."""
    if not isinstance(question, dict):
        raise UserError("A question is sent as an object with the model's name, the models' names and the strokes.")
    model, models = question.get("model"), question.get("models")
    few = isinstance(models, list) and len(models) <= MOST
    if not few or not all(isinstance(name, str) for name in [model, *models]):
        raise UserError(f"The networks are sent as the pad's name and a list of {MOST} names at most.")
    return model, models
