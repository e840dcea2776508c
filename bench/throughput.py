"""Seconds per epoch of model_1: ours against the usual DataLoader loop. python bench/throughput.py [--epochs N]

The usual loop is the one of most tutorials: ToTensor, Normalize, a shuffling DataLoader of batch 128, float32, the
plain training step. All train the same network by the same recipe.
"""

import argparse
import statistics
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.loops import InItsOwnProcess, OurLoop, UsualLoop
from bench.report import machine, table, write
from mnist_core.device import choose_precision


def main() -> None:
    """Time all of them, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=5, help="timed epochs of each (default: %(default)s)")
    epochs = parser.parse_args().epochs

    loops = {
        "mnist_core": InItsOwnProcess(OurLoop, epochs + 1),
        "usual DataLoader loop": InItsOwnProcess(UsualLoop, 0),
        "the same, 2 loading processes": InItsOwnProcess(UsualLoop, 2),
    }
    seconds: dict[str, list[float]] = {name: [] for name in loops}
    for turn in range(epochs + 1):
        for name, loop in loops.items():
            taken = loop.call("epoch")
            print(f"turn {turn}: {name} {taken:.2f} s", flush=True)
            if turn:  # the first one warms up
                seconds[name].append(taken)

    def row(name: str) -> list[str]:
        ratios = [theirs / own for theirs, own in zip(seconds[name], seconds["mnist_core"], strict=True)]
        values = seconds[name]
        return [
            name,
            f"{statistics.median(values):.2f}",
            f"{min(values):.2f} to {max(values):.2f}",
            f"{60_000 / statistics.median(values):,.0f}",
            f"{statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})",
        ]

    header = ["an epoch of model_1", "median, s", "from, to, s", "digits a second", "times as long as mnist_core"]
    turns = f"{epochs} epochs of each in turns, after one to warm up"
    note = f"\n{turns}; mnist_core in {choose_precision(torch.device('cpu'))}; {machine()}.\n"
    write("throughput", table(header, [row(name) for name in seconds]) + note)


if __name__ == "__main__":
    main()
