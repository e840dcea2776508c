"""Seconds per epoch of model_1: ours against the usual DataLoader loop. python bench/throughput.py [--epochs N]

The usual loop is the one of most tutorials: ToTensor, Normalize, a shuffling DataLoader of batch 128, float32, the
plain training step. All train the same network by the same recipe, each in a process of its own, so that none profits
from what another has set; the epochs take turns, so that a machine whose speed drifts slows all of them.
"""

import argparse
import multiprocessing
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from mnist_core.config import RECIPES
from mnist_core.data import DEFAULT_ROOT, MEAN, STD, load_mnist
from mnist_core.device import choose_precision
from mnist_core.models import build
from mnist_core.train import fit


class UsualLoop:
    """The DataLoader loop, an epoch at a time."""

    def __init__(self, loading_processes: int):
        transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize((MEAN,), (STD,))])
        digits = datasets.MNIST(DEFAULT_ROOT, train=True, transform=transform)
        self.loader = DataLoader(digits, batch_size=128, shuffle=True, num_workers=loading_processes)
        self.model = build("model_1")
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)

    def epoch(self) -> float:
        """Train an epoch. Returns its seconds."""
        started = time.perf_counter()
        correct = 0
        self.model.train()
        for images, labels in self.loader:
            self.optimizer.zero_grad()
            output = self.model(images)
            loss = F.nll_loss(output, labels)
            loss.backward()
            self.optimizer.step()
            correct += output.argmax(dim=1).eq(labels).sum().item()
        return time.perf_counter() - started


class OurLoop:
    """`mnist_core.train.fit`, an epoch at a time."""

    def __init__(self, epochs: int):
        self.records = fit(RECIPES["seed"].changed(epochs=epochs), load_mnist())

    def epoch(self) -> float:
        """Train an epoch. Returns its seconds, without the test that follows."""
        return next(record.seconds for record in self.records if record.kind == "epoch")


class InItsOwnProcess:
    """A loop in a process of its own, which waits between its epochs."""

    def __init__(self, kind: type, argument: int):
        spawn = multiprocessing.get_context("spawn")
        self.process = ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin, initargs=(kind, argument))

    def epoch(self) -> float:
        """Train an epoch there. Returns its seconds."""
        return self.process.submit(_epoch).result()


def _begin(kind: type, argument: int) -> None:
    global loop
    loop = kind(argument)


def _epoch() -> float:
    return loop.epoch()


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
            taken = loop.epoch()
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
