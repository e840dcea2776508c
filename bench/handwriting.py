"""How well the networks read what people drew. python bench/handwriting.py PATH [--models NAME ...] [--moved]

PATH: a folder with .jsonl.gz files, a drawing a line ({"label": 3, "strokes": [[[x, y], ...], ...]}), and .npz files
with `images` uint8 [N, H, W] and `labels`. For each set and network: accuracy, what is taken for what, how far
certainty and accuracy differ, and the share that is not read because the network is not sure.
"""

import argparse
import gzip
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.no_digits import no_digits
from bench.report import table
from mnist_core.calibration import calibration_error
from mnist_core.errors import UserError
from mnist_core.picture import image_to_pixels
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, RunLibrary, runs_root
from mnist_core.sketch import strokes_to_pixels

PAD = 400
THINNEST, THICKEST = 0.04, 0.15  # of a brush, by the size of the drawing
NO_DIGITS = 500
HEADER = ["network", "right", "right of those read", "not sure", "calibration error", "most often mistaken"]


class Drawings(NamedTuple):
    """A set of drawings, prepared as the networks see them."""

    name: str
    pixels: torch.Tensor  # uint8 [N, 1, 28, 28]
    labels: torch.Tensor  # int64 [N]


def read_sets(folder: Path, moved: bool) -> list[Drawings]:
    """All sets in a folder. moved: each set of strokes again, at another place, size and brush."""
    sets = []
    for path in sorted(folder.glob("*")):
        if path.name.endswith((".jsonl.gz", ".jsonl")):
            with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
                rows = [json.loads(line) for line in file if line.strip()]
            name, labels = path.name.partition(".jsonl")[0], torch.tensor([row["label"] for row in rows])
            sets.append(Drawings(name, strokes_to_pixels([row["strokes"] for row in rows]), labels))
            if moved:
                rng = random.Random(0)
                elsewhere = [_moved(row["strokes"], rng) for row in rows]
                sets.append(Drawings(f"{name}, moved", strokes_to_pixels(elsewhere), labels))
                painted = torch.stack([image_to_pixels(_painted(strokes, rng)) for strokes in elsewhere])
                sets.append(Drawings(f"{name}, moved and painted", painted, labels))
        elif path.suffix == ".npz":
            with np.load(path) as content:
                images, labels = content["images"], torch.from_numpy(content["labels"].astype(np.int64))
            sets.append(Drawings(path.stem, torch.stack([image_to_pixels(image) for image in images]), labels))
    if not sets:
        raise UserError(f"{folder} holds no .jsonl.gz or .npz file with drawings.")
    return sets


def _moved(strokes: list, rng: random.Random) -> list:
    """The drawing somewhere on a pad, between 20 and 90 % of its side, with room for the brush around it."""
    points = np.concatenate([np.asarray(stroke, dtype=float) for stroke in strokes if len(stroke)])
    low, extent = points.min(axis=0), float(np.ptp(points, axis=0).max()) or 1.0
    size = rng.uniform(0.2, 0.9) * PAD
    room = PAD - (1 + THICKEST) * size
    corner = np.array([rng.uniform(0, room), rng.uniform(0, room)]).clip(min=0) + THICKEST / 2 * size
    return [((np.asarray(stroke) - low) * size / extent + corner).tolist() for stroke in strokes if len(stroke)]


def _painted(strokes: list, rng: random.Random) -> np.ndarray:
    """The drawing as a picture of the pad, uint8 [PAD, PAD]."""
    points = np.concatenate([np.asarray(stroke) for stroke in strokes])
    width = max(2, round(rng.uniform(THINNEST, THICKEST) * float(np.ptp(points, axis=0).max())))
    picture = Image.new("L", (PAD, PAD), 255)
    draw = ImageDraw.Draw(picture)
    for stroke in strokes:
        line = [tuple(point) for point in stroke]
        draw.line(line, fill=0, width=width, joint="curve")
        for x, y in line:
            draw.ellipse([x - width / 2, y - width / 2, x + width / 2, y + width / 2], fill=0)
    return np.asarray(picture)


def row(name: str, predictor: Predictor, drawings: Drawings) -> list[str]:
    """What one network makes of one set."""
    probabilities = predictor.pixels(drawings.pixels)
    answers, accepted = probabilities.argmax(dim=1), predictor.accepts(probabilities)
    right = answers == drawings.labels
    pairs = Counter(zip(drawings.labels[~right].tolist(), answers[~right].tolist(), strict=True))
    return [
        f"`{name}`",
        f"{100 * right.float().mean():.2f}",
        f"{100 * right[accepted].float().mean():.2f}",
        f"{100 * (~accepted).float().mean():.2f}",
        f"{calibration_error(probabilities, drawings.labels):.2f}",
        ", ".join(f"{label} as {answer}: {count}" for (label, answer), count in pairs.most_common(5)),
    ]


def refused_row(name: str, predictor: Predictor, kinds: list[str], pixels: torch.Tensor) -> list[str]:
    """What share of drawings that are no digit one network refuses to read."""
    taken = predictor.accepts(predictor.pixels(pixels))
    worst = Counter(kind for kind, was_taken in zip(kinds, taken.tolist(), strict=True) if was_taken)
    most = ", ".join(f"{kind}: {count}" for kind, count in worst.most_common(8))
    return [f"`{name}`", f"{100 * (~taken).float().mean():.1f}", most]


def main() -> None:
    """Print a table for each set in the folder, and one for drawings that are no digit."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path, metavar="PATH", help="the folder with the drawings")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="runs or shipped networks (default: all shipped)")
    parser.add_argument("--moved", action="store_true", help="also at random places, sizes and brushes")
    options = parser.parse_args()
    try:
        library = RunLibrary(runs_root(), CHECKPOINTS)
        runs = [library.find(name) for name in options.models] if options.models else library.shipped_runs()
        predictors = {run.name: Predictor.load(run.folder) for run in runs}
        for drawings in read_sets(options.path, options.moved):
            print(f"\n{drawings.name}: {len(drawings.labels):,} drawings, in percent\n")
            print(table(HEADER, [row(name, predictor, drawings) for name, predictor in predictors.items()]))
    except UserError as error:
        sys.exit(f"handwriting: {error}")
    others = no_digits(NO_DIGITS)
    kinds, pixels = [kind for kind, _ in others], strokes_to_pixels([strokes for _, strokes in others])
    print(f"\n{NO_DIGITS} drawings that are no digit\n")
    rows = [refused_row(name, predictor, kinds, pixels) for name, predictor in predictors.items()]
    print(table(["network", "refused, percent", "most often read all the same"], rows))


if __name__ == "__main__":
    main()
