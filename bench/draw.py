"""Train, calibrate and ship the network behind the Draw tab. python bench/draw.py PATH

PATH: a folder of handwriting as in bench/handwriting.py, to report on. Nothing is fitted to it: the temperature and the
threshold come from MNIST's held-out digits and from made-up drawings that the network has not learnt from.
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.figure import write_svg
from bench.handwriting import NO_DIGITS, Drawings, read_sets
from bench.no_digits import no_digits
from bench.report import PROJECT, machine, table, write
from bench.shipping import ship
from bench.trainings import DEFAULT, trained
from mnist_core.calibration import Calibration, accepted_curve, calibrate, calibration_error
from mnist_core.config import RECIPES
from mnist_core.data import MNIST, Digits, load_mnist, normalise
from mnist_core.penmanship import scribble, write_digits
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, Run
from mnist_core.sketch import strokes_to_pixels

UNSEEN = 1_000_000  # a seed that no recipe draws its digits with
THRESHOLDS = torch.cat([torch.linspace(0, 0.95, 20), torch.tensor([0.97, 0.98, 0.99, 0.995, 0.999])])


@torch.inference_mode()
def calibration_of(run: Run, mnist: MNIST) -> Calibration:
    """The calibration that fits a run, by digits that it has not learnt from."""
    held_out = run.recipe.held_out
    generator = torch.Generator().manual_seed(UNSEEN)
    sets = [
        Digits(mnist.train.images[-held_out:], mnist.train.labels[-held_out:]),
        write_digits(held_out, generator),
        scribble(held_out, generator),
    ]
    pixels, labels = (torch.cat(parts) for parts in zip(*sets, strict=True))
    network = run.network()
    answers = torch.cat([network(normalise(part)) for part in pixels.split(500)])
    return calibrate(answers, labels)


def row(predictor: Predictor, drawings: Drawings, probabilities: torch.Tensor) -> list[str]:
    """What it makes of one set."""
    right, accepted = probabilities.argmax(dim=1) == drawings.labels, predictor.accepts(probabilities)
    return [
        drawings.name,
        f"{len(drawings.labels):,}",
        f"**{100 * right.float().mean():.2f}**",
        f"{100 * accepted[right].float().mean():.2f}",
        f"{100 * right[accepted].float().mean():.2f}",
        f"{calibration_error(probabilities, drawings.labels):.2f}",
    ]


def curve_of(probabilities: torch.Tensor, labels: torch.Tensor, thresholds: torch.Tensor) -> list[tuple[float, float]]:
    """Accepted share against accuracy, as far as nine in ten drawings are read."""
    curve = accepted_curve(probabilities, labels, thresholds)
    return [(point["given"], point["accuracy"]) for point in curve if point["given"] >= 90]


def main() -> None:
    """Train what is missing, calibrate it, ship it, and write down what it reaches."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=Path, metavar="PATH", help="a folder of handwriting")
    parser.add_argument("--runs", type=Path, default=DEFAULT, help="where the runs are kept (default: %(default)s)")
    options = parser.parse_args()

    mnist = load_mnist()
    run = trained("draw", 0, options.runs)
    ship("draw", [run])
    shipped = Run(CHECKPOINTS / RECIPES["draw"].checkpoint)
    shipped.save_calibration(calibration_of(shipped, mnist))
    predictor = Predictor.load(shipped.folder)
    threshold = predictor.calibration.threshold

    sets = [Drawings("MNIST, test", mnist.test.images, mnist.test.labels), *read_sets(options.path, moved=True)]
    rows, curves, dots = [], {}, {}
    for drawings in sets:
        probabilities = predictor.pixels(drawings.pixels)
        rows.append(row(predictor, drawings, probabilities))
        if "moved" not in drawings.name:
            curves[drawings.name] = curve_of(probabilities, drawings.labels, THRESHOLDS)
            dots[drawings.name] = curve_of(probabilities, drawings.labels, torch.tensor([threshold]))[0]
    others = predictor.pixels(strokes_to_pixels([strokes for _, strokes in no_digits(NO_DIGITS)]))
    refused = 100 * (~predictor.accepts(others)).float().mean().item()
    header = ["drawings", "number", "right", "of the right ones read", "right of those read", "calibration error"]
    note = (
        f"\nIn percent, `draw`, seed 0. Of {NO_DIGITS} drawings that are no digit (bench/no_digits.py) it refuses "
        f"**{refused:.1f} %**. A reading needs a certainty of {threshold:.2f}; temperature "
        f"{predictor.calibration.temperature:.2f}; {machine()}.\n"
    )
    write("draw", table(header, rows) + note)
    x, y = "drawings that are read, percent", f"right of those, percent; the dots: threshold {threshold:.2f}"
    write_svg(PROJECT / "docs" / "threshold.svg", curves, dots, x, y)


if __name__ == "__main__":
    main()
