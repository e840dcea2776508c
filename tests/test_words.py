import dataclasses

import pytest

from mnist_core.config import Recipe
from mnist_core.runs import CHECKPOINTS, STATES, Run, Status
from ui.monitor.progress import PLATEAU, facts, message, row, speed
from ui.words import certainty, doubt, duration, percent, run_label


@pytest.mark.parametrize("seconds, text", [(0, "0:00"), (112.4, "1:52"), (59.7, "1:00"), (3712, "1:01:52")])
def test_durations_read_like_a_clock(seconds, text):
    assert duration(seconds) == text


def test_certainty_says_how_sure_and_names_the_runner_up_only_in_doubt():
    def spread(first, second):
        return [0, 0, 0, first, 0, 0, 0, second, 0, 0]

    assert certainty(spread(0.999, 0.001)) == "almost certain"
    assert certainty(spread(0.95, 0.05)) == "confident"
    assert certainty(spread(0.7, 0.3)) == "fairly sure, could be 7"
    assert certainty(spread(0.45, 0.4)) == "not sure, could be 7"


def test_percentages_have_two_decimals():
    assert percent(98.9) == "98.90 %"


def steps(*pairs):
    return [{"kind": "step", "step": step, "seconds": seconds, "loss": 2.3} for step, seconds in pairs]


def test_speed_is_that_of_the_last_seconds():
    assert speed([]) is None and speed(steps((3, 0.1))) is None
    assert speed(steps((0, 0.0), (100, 10.0), (600, 15.0))) == 100


def test_facts_give_speed_and_time_left_only_while_it_trains():
    recipe = Recipe(epochs=2)
    running = Status("running")
    assert facts(recipe, running, steps((0, 0.0), (99, 1.0)), 100, 938) == (
        "epoch 1 of 2 · step 100 of 938 · 12,672 digits a second · 0:08 left"
    )
    assert facts(recipe, Status("finished"), steps((0, 0.0), (99, 1.0)), 938, 938) == "epoch 2 of 2 · step 938 of 938"


def test_the_plateau_is_explained_where_one_would_wonder_and_nowhere_else():
    assert message(Status("running"), steps((5, 0.1)), "model_1") == PLATEAU
    assert message(Status("running"), steps((5, 0.1)), "model_2") == ""
    assert message(Status("running"), [r | {"loss": 0.4} for r in steps((5, 0.1))], "model_1") == ""
    assert message(Status("running", epoch=4), steps((5, 0.1)), "model_1") == ""


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_words(state):
    status = Status(state, test_accuracy=98.5, error="It broke.")
    text = message(status, [], "model_1")
    assert (text == "") == (state == "running")
    if state == "failed":
        assert text == "It broke."


def test_an_epoch_s_row_counts_from_1():
    epoch = Run(CHECKPOINTS / "model_1").epochs()[0]
    assert row(epoch)[0] == "1" and row(epoch)[4] == percent(epoch["test_accuracy"])


def test_a_run_is_called_by_what_it_is(tmp_path):
    recipe = dataclasses.replace(Recipe(), seed=7)
    dated, named = (Run.create(tmp_path / name, recipe) for name in ("20261123-084501-model_1", "my-run"))
    assert run_label(dated) == "model_1, seed 7, 23 Nov 08:45:01" and run_label(named) == "my-run"


def test_doubt_names_the_two_that_a_network_is_torn_between_or_says_that_there_is_no_digit():
    torn = [0.0] * 10
    torn[9], torn[4] = 0.5, 0.45
    assert doubt(torn) == ("Not sure", "4 or 9")
    assert doubt([0.1] * 10)[0] == "Not a digit"
