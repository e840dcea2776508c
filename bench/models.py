"""Train every preset that learns from MNIST alone with several seeds, and report the last epoch's accuracy.

python bench/models.py [--ship]

Runs that are finished already, in the folder given by --runs, are not trained again. With --ship, seed 0 of each preset
becomes the checkpoint that ships with the project.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from bench.shipping import ship
from bench.trainings import DEFAULT, trained
from mnist_core.config import RECIPES
from mnist_core.models import build
from mnist_core.runs import Run

SEEDS = {"large": 3, "fast": 20}
USUAL_SEEDS = 5


def row(name: str, accuracies: list[float]) -> list[str]:
    """One preset's line in the table."""
    recipe = RECIPES[name]
    parameters = sum(parameter.numel() for parameter in build(recipe.model).parameters())
    few = ", ".join(f"{accuracy:.2f}" for accuracy in accuracies)
    each = few if len(accuracies) <= USUAL_SEEDS else f"{min(accuracies):.2f} to {max(accuracies):.2f}"
    mean, spread = statistics.mean(accuracies), statistics.stdev(accuracies)
    reached = f"**{mean:.2f}** ± {spread:.2f}"
    return [
        f"`{recipe.model}`",
        f"`{name}`",
        f"{parameters:,}",
        str(recipe.epochs),
        reached,
        f"{len(accuracies)}",
        each,
    ]


def main() -> None:
    """Train what is missing, write the table, and ship what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=Path, default=DEFAULT, help="where the runs are kept (default: %(default)s)")
    parser.add_argument("--ship", action="store_true", help="put seed 0 of each preset into checkpoints/")
    parser.add_argument("--finished", action="store_true", help="train nothing: report what is finished")
    options = parser.parse_args()

    rows = []
    on_mnist_alone = [name for name, recipe in RECIPES.items() if not recipe.drawn]
    for name in on_mnist_alone:
        seeds = range(SEEDS.get(name, USUAL_SEEDS))
        if options.finished:
            seeds = [seed for seed in seeds if Run(options.runs / f"{name}-{seed}").status.state == "finished"]
        runs = [trained(name, seed, options.runs) for seed in seeds]
        last = [run.epochs()[-1] for run in runs]
        accuracies = [epoch["test_accuracy"] for epoch in last]
        rows.append(row(name, accuracies))
        if options.ship:
            ship(name, runs)

    header = ["network", "recipe", "parameters", "epochs", "test accuracy, mean ± spread", "seeds", "each"]
    note = f"\nAt the last epoch, on MNIST's 60,000 training digits alone; seeds from 0 on; {machine()}.\n"
    write("models", table(header, rows) + note)


if __name__ == "__main__":
    main()
