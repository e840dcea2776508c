"""Our augmentation against torchvision's, digits a second. python bench/augmentation.py

torchvision's transforms vary a whole batch in one and the same way; for each digit to differ they are called digit by
digit, which is how the usual data set does it.
"""

import sys
import time
from pathlib import Path

import torch
from torchvision.transforms import v2

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from mnist_core.augment import augment, draw_variations
from mnist_core.config import Recipe
from mnist_core.data import load_mnist

BATCH = 128


def digits_a_second(vary, batches: list[torch.Tensor]) -> float:
    """How many digits `vary` gets through; the first batch warms up."""
    vary(batches[0])
    started = time.perf_counter()
    for batch in batches:
        vary(batch)
    return sum(map(len, batches)) / (time.perf_counter() - started)


def main() -> None:
    """Time all of them, and write the table."""
    images = load_mnist().train.images
    many, few = list(images[:12_800].split(BATCH)), list(images[:512].split(BATCH))
    affine = v2.RandomAffine(10, (2 / 28, 2 / 28), (0.9, 1.1), 10, interpolation=v2.InterpolationMode.BILINEAR)
    elastic = v2.Compose([affine, v2.ElasticTransform(alpha=34.0, sigma=4.0)])
    generator = torch.Generator().manual_seed(0)

    def ours(recipe: Recipe):
        return lambda batch: augment(batch, draw_variations(recipe, len(batch), generator))

    def one_by_one(transform):
        return lambda batch: torch.stack([transform(digit) for digit in batch])

    strengths = Recipe(rotation=10, shift=2, zoom=10, shear=10)
    rates = {
        ("affine", "mnist_core"): digits_a_second(ours(strengths), many),
        ("affine", "torchvision, digit by digit"): digits_a_second(one_by_one(affine), few),
        ("affine", "torchvision, all alike"): digits_a_second(affine, many),
        ("affine and elastic", "mnist_core"): digits_a_second(ours(strengths.changed(elastic=0.7)), many),
        ("affine and elastic", "torchvision, digit by digit"): digits_a_second(one_by_one(elastic), few),
        ("affine and elastic", "torchvision, all alike"): digits_a_second(elastic, many),
    }
    rows = [[what, how, f"{rate:,.0f}"] for (what, how), rate in rates.items()]
    write("torchvision", table(["", "", "digits a second"], rows) + f"\nBatches of {BATCH}; {machine()}.\n")


if __name__ == "__main__":
    main()
