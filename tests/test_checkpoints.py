"""The networks that ship with the project are what their figures and cards say."""

import statistics

import pytest

from bench.no_digits import no_digits
from mnist_core.config import RECIPES
from mnist_core.evaluate import evaluate
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, Run

# What the mean of the seeds must not fall below, in percent.
LEAST = {"better": 99.50, "model_2": 99.50, "model_3": 99.60, "tiny": 98.50, "large": 99.70, "fast": 99.00} | {
    "draw": 99.55
}


@pytest.mark.parametrize("name", RECIPES)
def test_every_preset_ships_a_network_that_reads_what_its_figures_say(mnist, name):
    run = Run(CHECKPOINTS / RECIPES[name].checkpoint)
    assert run.recipe == RECIPES[name] and run.status.state == "finished"
    accuracies = run.figures()["test_accuracies"]
    assert abs(run.epochs()[-1]["test_accuracy"] - accuracies[0]) < 1e-6
    assert abs(evaluate(run.network(), mnist.test).accuracy - accuracies[0]) <= 0.02


@pytest.mark.parametrize("name", RECIPES)
def test_every_card_gives_the_mean_over_the_seeds(name):
    run = Run(CHECKPOINTS / RECIPES[name].checkpoint)
    card = (run.folder / "README.md").read_text(encoding="utf-8")
    accuracies = run.figures()["test_accuracies"]
    spread = f" ± {statistics.stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    assert f"{statistics.mean(accuracies):.2f}{spread}" in card
    assert RECIPES[name].purpose in card or name == "seed"
    assert "## Limits" in card


@pytest.mark.parametrize("name, least", LEAST.items())
def test_the_mean_over_the_seeds_has_not_fallen(name, least):
    assert statistics.mean(Run(CHECKPOINTS / RECIPES[name].checkpoint).figures()["test_accuracies"]) >= least


def test_the_network_behind_the_draw_tab_is_calibrated_and_doubts_what_is_no_digit():
    predictor = Predictor.load()
    assert 0.3 < predictor.calibration.threshold < 0.99 and 0.5 < predictor.calibration.temperature < 2
    drawings = [strokes for _, strokes in no_digits(160)]
    assert predictor.accepts(predictor.strokes(drawings)).float().mean() < 0.1


def test_a_shipped_network_is_small_on_disk():
    for folder in CHECKPOINTS.iterdir():
        assert sum(file.stat().st_size for file in folder.iterdir()) < 2e6, folder.name
