"""What the benchmarks race: our training, the usual DataLoader loop, and the fastest recipe known.

Each runs in a process of its own, so that none profits from what another has set, and they take turns, so that a
machine whose speed drifts slows all of them.
"""

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from mnist_core.config import RECIPES, recipe_named
from mnist_core.data import DEFAULT_ROOT, MEAN, STD, load_mnist, normalise
from mnist_core.evaluate import evaluate
from mnist_core.models import build
from mnist_core.train import fit


class Result(NamedTuple):
    """What a training took, in seconds without the tests, and its last test accuracy in percent."""

    seconds: float
    accuracy: float


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


class OurRecipe:
    """A preset from the first weights to the last epoch, once a seed."""

    def __init__(self, name: str):
        self.recipe, self.mnist = recipe_named(name), load_mnist()

    def train(self, seed: int) -> Result:
        """Train it whole."""
        recipe = self.recipe.changed(seed=seed)
        epochs = [record for record in fit(recipe, self.mnist) if record.kind == "epoch"]
        return Result(sum(epoch.seconds for epoch in epochs), epochs[-1].test_accuracy)


class MnistFast(nn.Module):
    """The network of github.com/tuomaso/train_mnist_fast, notebook 8: 1 to 24 to 32 channels, 256 hidden, 10."""

    def __init__(self):
        super().__init__()
        self.convolutions = nn.ModuleList([nn.Conv2d(1, 24, 5), nn.Conv2d(24, 32, 3)])
        self.hidden, self.output = nn.Linear(800, 256), nn.Linear(256, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities; the pooling comes before the ReLU, as there."""
        for convolution in self.convolutions:
            images = F.relu(F.max_pool2d(convolution(images), 2))
        return F.log_softmax(self.output(F.relu(self.hidden(images.flatten(1)))), dim=1)


class Reference:
    """The recipe of train_mnist_fast as it is there: float32, batch 256, Adam, one-cycle, one epoch, data in memory.

    Its digits are normalised beforehand, which its time leaves out, and come in an order shuffled once.
    """

    def __init__(self, _: str):
        train, self.test = load_mnist()
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(0))
        self.images = normalise(train.images[order]).contiguous(memory_format=torch.contiguous_format)
        self.labels = train.labels[order]

    def train(self, seed: int) -> Result:
        """Train it whole."""
        torch.manual_seed(seed)
        model = MnistFast()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01, betas=(0.7, 0.9))
        steps = -(-len(self.labels) // 256)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=steps, cycle_momentum=False)
        started = time.perf_counter()
        for images, labels in zip(self.images.split(256), self.labels.split(256), strict=True):
            optimizer.zero_grad()
            F.nll_loss(model(images), labels).backward()
            optimizer.step()
            schedule.step()
        return Result(time.perf_counter() - started, evaluate(model, self.test).accuracy)


class InItsOwnProcess:
    """A loop in a process of its own, which waits between its turns."""

    def __init__(self, kind: type, argument: int | str):
        spawn = multiprocessing.get_context("spawn")
        self.process = ProcessPoolExecutor(1, mp_context=spawn, initializer=_begin, initargs=(kind, argument))

    def call(self, method: str, *arguments):
        """Call that method of the loop there, and wait for what it returns."""
        return self.process.submit(_call, method, *arguments).result()


def _begin(kind: type, argument: int | str) -> None:
    global loop
    loop = kind(argument)


def _call(method: str, *arguments):
    return getattr(loop, method)(*arguments)
