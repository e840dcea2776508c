"""The published experiment's own log, to compare with."""

import csv
from functools import cache

from mnist_core.data import DEFAULT_ROOT


@cache
def published_epochs() -> list[dict]:
    """The 20 epochs of the published training of model_1: epoch from 0, accuracies in percent, losses in nats.

    The publication gives the last batch's loss as the training set's; its true average is not known.
    """
    with (DEFAULT_ROOT / "model_1-published.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return [{name: float(value) for name, value in row.items()} | {"epoch": int(row["epoch"])} for row in rows]
