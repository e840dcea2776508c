"""Numbers and names in words that a student understands."""

import contextlib
import statistics
from collections.abc import Sequence
from datetime import datetime

from mnist_core.learn import MINE
from mnist_core.runs import Run

# How sure the network is, by its highest probability. The last one is for everything below.
CERTAINTIES = [(0.995, "almost certain"), (0.9, "confident"), (0.6, "fairly sure"), (0.0, "not sure")]


def certainty(probabilities: Sequence[float]) -> str:
    """How sure the network is, with the runner-up where it is not: "fairly sure, could be 7"."""
    second, first = sorted(range(10), key=lambda digit: probabilities[digit])[-2:]
    words = next(words for bound, words in CERTAINTIES if probabilities[first] >= bound)
    return words if probabilities[first] >= 0.9 else f"{words}, could be {second}"


# What a network is torn between has at least so much of the probability.
TORN = 0.8


def doubt(probabilities: Sequence[float]) -> tuple[str, str]:
    """What is said where the network names no digit, and why: ("Not sure", "4 or 9"), or ("Not a digit", ...)."""
    second, first = sorted(range(10), key=lambda digit: probabilities[digit])[-2:]
    if probabilities[first] + probabilities[second] < TORN:
        return "Not a digit", "like none of the ten"
    return "Not sure", f"{min(first, second)} or {max(first, second)}"


def duration(seconds: float) -> str:
    """Seconds as 1:52, or 1:01:52 from an hour on."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percent(value: float) -> str:
    """A percentage with the two decimals that MNIST's 10,000 test digits make meaningful."""
    return f"{value:.2f} %"


def figures_in_words(figures: dict | None) -> str:
    """What trainings of a shipped network reached: see `mnist_core.runs.Run.figures`."""
    if not figures:
        return ""
    accuracies = figures["test_accuracies"]
    spread = f" ± {statistics.stdev(accuracies):.2f}" if len(accuracies) > 1 else ""
    return f"{statistics.mean(accuracies):.2f}{spread} % of the test digits, mean of {len(accuracies)} seeds."


def run_label(run: Run) -> str:
    """What to call a run: network, seed and when it began, or its own name where that says something else."""
    recipe = run.recipe
    with contextlib.suppress(ValueError):
        began = datetime.strptime(run.name[:15], "%Y%m%d-%H%M%S")
        what = "my drawings" if MINE in run.name else f"seed {recipe.seed}"
        return f"{recipe.model}, {what}, {began:%d %b %H:%M:%S}"
    return run.name
