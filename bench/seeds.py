"""Train a recipe with several seeds, and report mean and spread. python bench/seeds.py [--recipe seed] [--seeds 5]

Runs that are finished already, in the folder given by --runs, are not trained again.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from bench.trainings import DEFAULT, trained
from mnist_core.config import recipe_named
from mnist_core.published import published_epochs


def figures(epochs: list[dict]) -> dict[str, float]:
    """What is reported of one training; accuracies in percent."""
    return {
        "test accuracy, last epoch": epochs[-1]["test_accuracy"],
        "test accuracy, best epoch (as published)": max(epoch["test_accuracy"] for epoch in epochs),
        "test loss, last epoch": epochs[-1]["test_loss"],
        "training accuracy, last epoch": epochs[-1]["train_accuracy"],
        "training accuracy, first epoch": epochs[0]["train_accuracy"],
    }


def main() -> None:
    """Train what is missing, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--recipe", default="seed")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--runs", type=Path, default=DEFAULT, help="where the runs are kept")
    options = parser.parse_args()
    recipe = recipe_named(options.recipe)
    runs = [figures(trained(options.recipe, seed, options.runs).epochs()) for seed in range(options.seeds)]

    published = figures(published_epochs())

    def row(name: str) -> list[str]:
        values = [run[name] for run in runs]
        digits = 4 if "loss" in name else 2
        spread = f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"
        one_by_one = ", ".join(f"{value:.{digits}f}" for value in values)
        return [name, spread, one_by_one, f"{published[name]:.{digits}f}"]

    header = [
        f"{recipe.model}, recipe {options.recipe}",
        f"mean ± spread of {options.seeds} seeds",
        "each",
        "published",
    ]
    seeds = f"seeds 0 to {options.seeds - 1}; the spread is the standard deviation"
    note = f"\n{recipe.epochs} epochs, {seeds}; {machine()}.\n"
    write(f"{recipe.model}-{options.recipe}", table(header, [row(name) for name in runs[0]]) + note)


if __name__ == "__main__":
    main()
