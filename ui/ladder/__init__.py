"""The guided path from model_1 to the best small network: each step with target, result, analysis and curves."""

from pathlib import Path

from mnist_core.errors import UserError
from mnist_core.runs import RunLibrary
from ui.component import PlotComponent
from ui.ladder.steps import STEPS


class Ladder(PlotComponent):
    """Its value is the recipe that was last asked for by "Set up this training"; `chosen` fires then."""

    def __init__(self, library: RunLibrary):
        def step(number: int) -> dict:
            """A step as the page shows it, or {"error"}."""
            if number not in range(len(STEPS)):
                return {"error": "There is no such step."}
            try:
                return STEPS[number](library).shown()
            except UserError as error:
                return {"error": str(error)}

        super().__init__(Path(__file__).parent, "", [step], elem_id="ladder", steps=len(STEPS))
