"""The shortest ways to 99 % and to the published 98.95 %. python bench/race.py [--seeds 20]

`fast` runs against the recipe of train_mnist_fast, seed by seed in turns; `quick`, on model_1, against the published
recipe in the usual DataLoader loop, which needed 17 epochs for its 98.95 %.
"""

import argparse
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.loops import InItsOwnProcess, OurRecipe, Reference, Result, UsualLoop
from bench.report import machine, table, write

PUBLISHED_EPOCHS = 17
TIMED_EPOCHS = 3
QUICK_SEEDS = 5


def main() -> None:
    """Run both races, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, help="of the race to 99 %% (default: %(default)s)")
    seeds = parser.parse_args().seeds

    runners = {"fast": InItsOwnProcess(OurRecipe, "fast"), "reference": InItsOwnProcess(Reference, "")}
    quick, usual = InItsOwnProcess(OurRecipe, "quick"), InItsOwnProcess(UsualLoop, 0)
    results: dict[str, list[Result]] = {"fast": [], "reference": [], "quick": []}
    usual_epochs = []
    for runner in (*runners.values(), quick):
        runner.call("train", seeds)  # the first one warms up, with a seed that is not counted
    usual.call("epoch")
    for seed in range(seeds):
        for name, runner in runners.items():
            results[name].append(runner.call("train", seed))
            print(f"seed {seed}: {name} {results[name][-1]}", flush=True)
    for seed in range(QUICK_SEEDS):
        results["quick"].append(quick.call("train", seed))
        if seed < TIMED_EPOCHS:
            usual_epochs.append(usual.call("epoch"))
        print(f"seed {seed}: quick {results['quick'][-1]}", flush=True)

    seconds = {name: statistics.mean(result.seconds for result in each) for name, each in results.items()}
    published = PUBLISHED_EPOCHS * statistics.mean(usual_epochs)

    def row(what: str, name: str, against: float) -> list[str]:
        accuracies = [result.accuracy for result in results[name]]
        spread = f"{statistics.mean(accuracies):.2f} ± {statistics.stdev(accuracies):.2f}"
        times = [result.seconds for result in results[name]]
        took = f"{seconds[name]:.2f} ± {statistics.stdev(times):.2f}"
        return [what, str(len(accuracies)), spread, took, f"{against / seconds[name]:.1f}"]

    header = ["", "seeds", "test accuracy, last epoch", "training, s", "times as fast"]
    to_99 = [
        row("train_mnist_fast's recipe, 1 epoch", "reference", seconds["reference"]),
        row("`fast`, 1 epoch", "fast", seconds["reference"]),
    ]
    usual_row = ["published recipe, DataLoader loop, 17 epochs", "", "98.95 (published)", f"{published:.1f}", "1.0"]
    to_published = [usual_row, row("`quick` on model_1, 3 epochs", "quick", published)]
    note = (
        f"\nTests and the loading of the digits are not counted. The DataLoader loop's time is {PUBLISHED_EPOCHS} "
        f"times the mean of {TIMED_EPOCHS} epochs, {statistics.mean(usual_epochs):.1f} s each; {machine()}.\n"
    )
    write("race", table(header, to_99 + to_published) + note)


if __name__ == "__main__":
    main()
