import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.config import RECIPES
from mnist_core.published import published_epochs
from mnist_core.runs import CHECKPOINTS, Run
from ui.plots import (
    MOST_POINTS,
    TEST,
    accuracy_figure,
    comparison_figure,
    learning_rate_figure,
    loss_figure,
    start_figure,
)

FIGURES = pytest.mark.parametrize("make", [loss_figure, accuracy_figure])
RECORDS = Run(CHECKPOINTS / "model_1").records()[0]


def steps(count: int, every: int = 1) -> list[dict]:
    return [{"kind": "step", "step": s, "loss": 2 / (s + 1), "accuracy": 50.0} for s in range(0, count * every, every)]


@FIGURES
@pytest.mark.parametrize("records", [[], RECORDS[:1], RECORDS[:50], RECORDS])
def test_figures_are_what_plotly_understands(make, records):
    figure = go.Figure(make(records, 469, published_epochs()))
    published, training, test = figure.data
    assert len(published.x) == 20 and published.line.dash == "dot"
    assert len(test.x) == sum(record["kind"] == "epoch" for record in records)
    assert len(training.x) == len(training.y) <= MOST_POINTS + 1


@FIGURES
@given(st.integers(0, 3000), st.integers(1, 40))
def test_a_curve_has_a_few_hundred_points_at_most_and_ends_where_training_does(make, count, every):
    training = make(steps(count, every), 469)["data"][1]
    assert len(training["x"]) <= MOST_POINTS + 1 and training["x"] == sorted(training["x"])
    assert bool(training["x"]) == bool(count)
    if count:
        assert abs(training["x"][-1] - ((count - 1) * every + 1) / 469) < 1e-3


@given(st.integers(20, 2000))
def test_points_that_were_shown_stay_where_they_are_but_for_the_last(count):
    """Until there are too many, and each two become one."""
    first, later = (loss_figure(steps(n), 469)["data"][1] for n in (count, count + 1))
    if len(later["x"]) >= len(first["x"]):
        assert later["x"][: len(first["x"]) - 1] == first["x"][:-1]


@pytest.mark.parametrize("training", [False, True])
def test_runs_side_by_side_are_what_plotly_understands_and_the_last_is_in_the_accent_colour(training):
    runs = {"one": RECORDS[:200], "two": RECORDS}
    figure = go.Figure(comparison_figure(runs, training))
    assert len(figure.data) == 2 * (1 + training) and len(figure.data[-1].x) == 20
    assert figure.data[-1].line.color == TEST
    start = go.Figure(start_figure({"one": (RECORDS, 469), "two": (RECORDS, 469)}, 2.0))
    assert all(max(curve.x) <= 2 and len(curve.x) > 20 for curve in start.data)


def test_learning_rates_are_drawn_as_shares_of_the_highest_over_the_epochs():
    constant, cycle = learning_rate_figure({"constant": RECIPES["seed"], "cycle": RECIPES["better"]})["data"]
    assert set(constant["y"]) == {1} and max(constant["x"]) > 19
    assert max(cycle["y"]) > 0.99 and cycle["y"][-1] < 0.01


def test_the_first_record_shows_at_once():
    assert len(loss_figure(steps(1), 469)["data"][1]["x"]) == 1


def test_perfect_accuracy_still_has_a_place_on_the_stretched_scale():
    epoch = {"kind": "epoch", "epoch": 0, "step": 468, "test_accuracy": 100.0}
    test = accuracy_figure([epoch], 469)["data"][2]
    assert test["customdata"] == [100.0] and test["y"][0] > 0


def test_the_published_log_is_the_published_one():
    epochs = published_epochs()
    assert [epoch["epoch"] for epoch in epochs] == list(range(20))
    assert max(epoch["test_accuracy"] for epoch in epochs) == 98.95 and epochs[-1]["train_accuracy"] == 99.35
