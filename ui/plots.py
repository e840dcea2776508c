"""The curves of a training, as pure functions of its records.

A figure is a plain dict, as Plotly's own JSON has it: building it with plotly.graph_objects takes 18 ms and 16 MB, and
the page asks for new figures three times a second.
"""

import itertools
from collections.abc import Callable

from mnist_core.config import Recipe

# Told apart by those who see red and green alike, on white and on black: the test set in the page's accent colour.
TEST, TRAINING, PUBLISHED = "#4f6ef7", "#c8964f", "#8b93a3"
# Of runs side by side: the one in question last, in the accent colour.
COMPARED = ["#8b93a3", "#3d9a8b", "#c8964f", "#4f6ef7"]
# A step's loss says little by itself: the curve shows means over at least so many steps, and over more in a long run.
SMOOTHED_STEPS = 32
MOST_POINTS = 150
# A perfect score has no place on the stretched scale of `accuracy_figure`; it is drawn at its upper end.
LEAST_ERROR = 0.01
TRANSPARENT = "rgba(0,0,0,0)"

Figure = dict[str, list | dict]
Curve = dict[str, list[float]]  # x in epochs, y in the axis' units, and customdata: what the pointer is told


def _scale(ticks: list[float], place: Callable[[float], float], unit: str = "") -> dict:
    """A logarithmic axis with these ticks, each where `place` says."""
    return {
        "type": "log",
        "tickvals": [place(tick) for tick in ticks],
        "ticktext": [f"{tick:g}{unit}" for tick in ticks],
    }


LOSS_AXIS = _scale([0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5], lambda loss: loss)
ACCURACY_AXIS = _scale([10, 50, 80, 90, 95, 98, 99, 99.5, 99.8, 99.9], lambda percent: 100 - percent, " %") | {
    "autorange": "reversed"
}


def loss_figure(records: list[dict], steps_per_epoch: int, published: list[dict] = ()) -> Figure:
    """Training loss, smoothed, and test loss per epoch, over the epochs. `published` are epochs of another run."""
    training = [(_end(r["step"], steps_per_epoch), r["loss"]) for r in _steps(records)]
    return _figure(
        published=_per_epoch(published, "test_loss"),
        training=_curve(_thinned(training, steps_per_epoch)),
        test=_per_epoch(_epochs(records), "test_loss"),
        hover="%{customdata:.4f}",
        y_axis=LOSS_AXIS,
        legend={"y": 1, "yanchor": "top"},
    )


def accuracy_figure(records: list[dict], steps_per_epoch: int, published: list[dict] = ()) -> Figure:
    """Training accuracy over each epoch so far, and test accuracy per epoch, over the epochs.

    The scale is logarithmic in the share of wrong answers, so that 98 and 99 % are as far apart as 96 and 98 %.
    """
    training = [(_end(r["step"], steps_per_epoch), r["accuracy"]) for r in _steps(records)]
    return _figure(
        published=_wrong(_per_epoch(published, "test_accuracy")),
        training=_wrong(_curve(_thinned(training, steps_per_epoch))),
        test=_wrong(_per_epoch(_epochs(records), "test_accuracy")),
        hover="%{customdata:.2f} %",
        y_axis=ACCURACY_AXIS,
        legend={"y": 0, "yanchor": "bottom"},
    )


def comparison_figure(runs: dict[str, list[dict]], training: bool = False) -> Figure:
    """Test accuracy per epoch of several runs, by name, on the scale of `accuracy_figure`; the last one is the subject.

    training: also training accuracy, in thin lines.
    """
    curves = []
    for (name, records), colour in zip(runs.items(), COMPARED[-len(runs) :], strict=True):
        line = {"mode": "lines+markers", "line": {"color": colour, "width": 2.5}, "marker": {"size": 4}}
        curves.append((name, _wrong(_per_epoch(_epochs(records), "test_accuracy")) | line))
        if training:
            thin = {"mode": "lines", "line": {"color": colour, "width": 1.2, "dash": "dot"}}
            curves.append((f"{name}, training", _wrong(_per_epoch(_epochs(records), "train_accuracy")) | thin))
    return _layout(curves, "%{customdata:.2f} %", ACCURACY_AXIS, {"y": 0, "yanchor": "bottom"})


def start_figure(runs: dict[str, tuple[list[dict], int]], epochs: float) -> Figure:
    """Training loss over the first epochs of several runs: by name, their records and steps per epoch."""
    curves = []
    for (name, (records, steps_per_epoch)), colour in zip(runs.items(), COMPARED[-len(runs) :], strict=True):
        points = [(_end(r["step"], steps_per_epoch), r["loss"]) for r in _steps(records)]
        shown = [point for point in points if point[0] <= epochs]
        curves.append(
            (name, _curve(_thinned(shown, steps_per_epoch)) | {"mode": "lines", "line": {"color": colour, "width": 2}})
        )
    return _layout(curves, "%{customdata:.4f}", LOSS_AXIS, {"y": 1, "yanchor": "top"})


def learning_rate_figure(recipes: dict[str, Recipe]) -> Figure:
    """The learning rate over the training, by name, as a share of its highest."""
    curves = []
    for (name, recipe), colour in zip(recipes.items(), COMPARED[-len(recipes) :], strict=True):
        share = [(i / 60 * recipe.epochs, recipe.lr_at(i, 60) / recipe.lr) for i in range(60)]
        curves.append((name, _curve(share) | {"mode": "lines", "line": {"color": colour, "width": 2.5}}))
    ticks = {"tickvals": [0, 0.5, 1], "ticktext": ["0", "half", "highest"], "range": [-0.03, 1.15]}
    return _layout(curves, "%{customdata:.2f}", ticks, {"y": 1, "yanchor": "top"})


def _steps(records: list[dict]) -> list[dict]:
    return [record for record in records if record["kind"] == "step"]


def _epochs(records: list[dict]) -> list[dict]:
    return [record for record in records if record["kind"] == "epoch"]


def _end(step: int, steps_per_epoch: int) -> float:
    """How many epochs are over when that step is."""
    return (step + 1) / steps_per_epoch


def _thinned(points: list[tuple[float, float]], steps_per_epoch: int) -> list[tuple[float, float]]:
    """Points as means over equal stretches of training, each at its last point.

    A stretch doubles when there are too many, so that points that were shown stay where they are for long.
    """
    if not points:
        return []
    stretch = SMOOTHED_STEPS / steps_per_epoch
    while points[-1][0] / stretch > MOST_POINTS:
        stretch *= 2
    thinned = []
    for _, group in itertools.groupby(points, key=lambda point: int(point[0] / stretch)):
        xs, ys = zip(*group, strict=True)
        thinned.append((xs[-1], sum(ys) / len(ys)))
    return thinned


def _curve(points: list[tuple[float, float]]) -> Curve:
    values = [round(y, 5) for _, y in points]
    return {"x": [round(x, 4) for x, _ in points], "y": values, "customdata": values}


def _per_epoch(epochs: list[dict], value: str) -> Curve:
    return _curve([(epoch["epoch"] + 1, epoch[value]) for epoch in epochs])


def _wrong(accuracy: Curve) -> Curve:
    """A curve of accuracies drawn by the share of wrong answers."""
    return accuracy | {"y": [round(max(100 - value, LEAST_ERROR), 5) for value in accuracy["y"]]}


def _figure(published: Curve, training: Curve, test: Curve, hover: str, y_axis: dict, legend: dict) -> Figure:
    """The three curves of one training."""
    curves = [
        ("published", published | {"mode": "lines", "line": {"color": PUBLISHED, "dash": "dot", "width": 2}}),
        ("training", training | {"mode": "lines", "line": {"color": TRAINING, "width": 1.5}, "opacity": 0.85}),
        ("test", test | {"mode": "lines+markers", "line": {"color": TEST, "width": 2.5}, "marker": {"size": 5}}),
    ]
    return _layout(curves, hover, y_axis, legend)


def _layout(curves: list[tuple[str, dict]], hover: str, y_axis: dict, legend: dict) -> Figure:
    """Curves in the page's style, by name. The colours of text and grid are set by the page that shows them."""
    hovertemplate = f"{hover}<extra>%{{fullData.name}}</extra>"
    return {
        "data": [{"type": "scatter", "name": name, "hovertemplate": hovertemplate} | curve for name, curve in curves],
        "layout": {
            "height": 300,
            "margin": {"l": 52, "r": 10, "t": 8, "b": 40},
            "paper_bgcolor": TRANSPARENT,
            "plot_bgcolor": TRANSPARENT,
            "hovermode": "x unified",
            "showlegend": True,
            "legend": {"orientation": "h", "x": 1, "xanchor": "right", "bgcolor": TRANSPARENT} | legend,
            "xaxis": {
                "title": {"text": "epochs", "standoff": 6},
                "rangemode": "tozero",
                "zeroline": False,
                "hoverformat": ".2f",
            },
            "yaxis": {"zeroline": False} | y_axis,
        },
    }
