"""The guided path from model_1 to the best small network: each step with target, result, analysis and curves."""

from pathlib import Path

from mnist_core.runs import RunLibrary
from ui.component import PlotComponent
from ui.ladder.steps import STEPS


class Ladder(PlotComponent):
    """Its value is the recipe that was last asked for by "Set up this training"; `chosen` fires then."""

    def __init__(self, library: RunLibrary):
        def step(number: int) -> dict:
            if number not in range(len(STEPS)):
                return {"error": "There is no such step."}
            return STEPS[number](library).shown()

        super().__init__(Path(__file__).parent, "", [step], elem_id="ladder", steps=len(STEPS))
