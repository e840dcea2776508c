"""How fast each network trains, and how near that is to what the processor can do. python bench/epochs.py

An epoch's time is measured on a part of the digits and scaled up. The operations are those of convolutions and
linear layers, forward and backward, and of a teacher's forward pass, as PyTorch counts them; the peak is the fastest
large matrix product in the same precision.
"""

import statistics
import sys
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from mnist_core.config import RECIPES, TRAINING_DIGITS, Recipe
from mnist_core.data import MNIST, Digits, load_mnist
from mnist_core.device import PRECISIONS, choose_precision
from mnist_core.execute import teacher_of
from mnist_core.models import MODELS, build
from mnist_core.options import in_group
from mnist_core.train import fit

PART = 12_800
TIMED_EPOCHS = 5
AUGMENTED = RECIPES["better"].changed(distillation=0)  # the network's own time, without its teacher's


def epoch_seconds(recipe: Recipe, few: MNIST) -> float:
    """The median time of a training epoch of all 60,000 digits, scaled up from a part; the first one warms up."""
    part = len(few.train) / TRAINING_DIGITS
    scaled = recipe.changed(epochs=TIMED_EPOCHS + 1, settling=round(recipe.settling * part))
    taken = [record.seconds for record in fit(scaled, few, teacher=teacher_of(recipe)) if record.kind == "epoch"][1:]
    return statistics.median(taken) / part


def operations(recipe: Recipe) -> float:
    """Floating-point operations of an epoch: the network's forward and backward, the teacher's forward."""
    network, teacher, images = build(recipe.model).train(), teacher_of(recipe), torch.randn(16, 1, 28, 28)
    with FlopCounterMode(display=False) as counter:
        F.nll_loss(network(images), torch.zeros(16, dtype=torch.long)).backward()
        if teacher:
            with torch.no_grad():
                teacher(images)
    return counter.get_total_flops() / 16 * TRAINING_DIGITS


def matrix_peak(device: torch.device) -> float:
    """The most operations a second that a matrix product reaches, in the precision of the training."""
    size = 2048
    left, right = (torch.randn(size, size, device=device, dtype=PRECISIONS[choose_precision(device)]) for _ in "ab")
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        (left @ right)[0, 0].item()
        taken.append(time.perf_counter() - started)
    return 2 * size**3 / min(taken)


def main() -> None:
    """Time all of them, and write the tables."""
    train, test = load_mnist()
    few = MNIST(Digits(train.images[:PART], train.labels[:PART]), Digits(test.images[:500], test.labels[:500]))
    device = train.images.device
    peak = matrix_peak(device)
    rows = []
    for name in MODELS:
        own = next(recipe for recipe in RECIPES.values() if recipe.model == name)
        seconds, work = epoch_seconds(own, few), operations(own)
        rows.append(
            [
                f"`{name}`, recipe `{own.name}`",
                f"{seconds:.1f}",
                f"{TRAINING_DIGITS / seconds:,.0f}",
                f"{work / 1e12:.2f}",
                f"{work / seconds / 1e12:.2f}",
                f"{100 * work / seconds / peak:.0f} %",
            ]
        )
        print(rows[-1], flush=True)
    header = ["", "an epoch, s", "digits a second", "TFLOP an epoch", "TFLOP/s", "of the matrix peak"]
    note = (
        f"\nThe peak, a product of 2048x2048 matrices in {choose_precision(device)}, is {peak / 1e12:.2f} TFLOP/s; "
        f"{machine()}.\n"
    )
    write("epochs", table(header, rows) + note)
    write("augmentation", augmentation_table(few))


def augmentation_table(few: MNIST) -> str:
    """What each kind of augmentation adds to an epoch of model_1; turns are taken, so that a drift hits all."""
    strengths = {name: number.high / 4 for name, number in in_group("augmentation").items()}
    plain = AUGMENTED.changed(**dict.fromkeys(strengths, 0))
    variants = {"nothing": plain, "all that `better` uses": AUGMENTED, "all there is": plain.changed(**strengths)}
    seconds = {name: [] for name in variants}
    for _ in range(3):
        for name, recipe in variants.items():
            seconds[name].append(epoch_seconds(recipe, few))
    rows = []
    for name, taken in seconds.items():
        more = [100 * (own / without - 1) for own, without in zip(taken, seconds["nothing"], strict=True)]
        rows.append([name, f"{statistics.median(taken):.2f}", f"{statistics.median(more):.0f} %"])
    return table(["augmentation of model_1", "an epoch, s", "more time"], rows) + f"\n{machine()}.\n"


if __name__ == "__main__":
    main()
