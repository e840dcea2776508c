"""Train, calibrate and ship the network behind the Draw tab. python bench/draw.py PATH

PATH: a folder of handwriting as in bench/handwriting.py, to report on. Nothing is fitted to it: the temperature and the
threshold come from MNIST's held-out digits and from made-up drawings that the network has not learnt from.
"""

import argparse
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.handwriting import NO_DIGITS, Drawings, read_sets
from bench.no_digits import no_digits
from bench.report import PROJECT, machine, table, write
from bench.shipping import ship
from bench.trainings import DEFAULT, trained
from mnist_core.calibration import Calibration, accepted_curve, calibrate, calibration_error
from mnist_core.config import RECIPES
from mnist_core.data import MNIST, normalise, load_mnist
from mnist_core.penmanship import write_digits
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, Run
from mnist_core.sketch import strokes_to_pixels

UNSEEN = 1_000_000  # a seed that no recipe draws its digits with
THRESHOLDS = torch.cat([torch.linspace(0, 0.95, 20), torch.tensor([0.97, 0.98, 0.99, 0.995, 0.999])])


@torch.inference_mode()
def calibration_of(run: Run, mnist: MNIST) -> Calibration:
    """The calibration that fits a run, by digits that it has not learnt from."""
    held_out = run.recipe.held_out
    made_up = write_digits(held_out, torch.Generator().manual_seed(UNSEEN))
    pixels = torch.cat([mnist.train.images[-held_out:], made_up.images])
    labels = torch.cat([mnist.train.labels[-held_out:], made_up.labels])
    network = run.network()
    answers = torch.cat([network(normalise(part)) for part in pixels.split(500)])
    return calibrate(answers, labels)


def plot_threshold(curves: dict[str, list[dict]], refused: list[float], chosen: float, path: Path) -> None:
    """Accepted share against accuracy as a picture: a curve for each set, a dot where the threshold lies."""
    left, top, width, height = 64, 24, 420, 260
    low = min(point["accuracy"] for curve in curves.values() for point in curve)
    worst = 90.0

    def place(given: float, accuracy: float) -> str:
        x = left + width * (given - worst) / (100 - worst)
        return f"{x:.1f},{top + height * (100 - accuracy) / (100 - low):.1f}"

    colours = ["#2f6fdb", "#d1862f", "#3a9a6a", "#8a5fc7"]
    lines = []
    for (name, curve), colour in zip(curves.items(), colours, strict=False):
        shown = [point for point in curve if point["given"] >= worst]
        points = " ".join(place(point["given"], point["accuracy"]) for point in shown)
        nearest = min(shown, key=lambda point: abs(point["threshold"] - chosen))
        x, y = place(nearest["given"], nearest["accuracy"]).split(",")
        label_y = top + height - 18 * (len(curves) - list(curves).index(name)) - 6
        lines += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>',
            f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>',
            f'<text x="{left + 12}" y="{label_y}" fill="{colour}">{name}</text>',
        ]
    ticks = [f'<text x="{left + width * i / 5:.0f}" y="{top + height + 20}" text-anchor="middle">{worst + 2 * i:.0f}</text>' for i in range(6)]
    ticks += [
        f'<text x="{left - 8}" y="{top + height * i / 4 + 4:.0f}" text-anchor="end">{100 - (100 - low) * i / 4:.2f}</text>'
        for i in range(5)
    ]
    frame = f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#999"/>'
    titles = (
        f'<text x="{left + width / 2}" y="{top + height + 44}" text-anchor="middle">drawings that are read, percent</text>'
        f'<text x="{left}" y="{top - 8}">right of those, percent; the dots: threshold {chosen:.2f}</text>'
    )
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="540" height="350" font-family="sans-serif" font-size="12" fill="#666">'
        f'<rect width="540" height="350" fill="white"/>{frame}{titles}{"".join(ticks + lines)}</svg>\n',
        encoding="utf-8",
    )


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
    rows, curves = [], {}
    for drawings in sets:
        probabilities = predictor.pixels(drawings.pixels)
        right, accepted = probabilities.argmax(dim=1) == drawings.labels, predictor.accepts(probabilities)
        rows.append(
            [
                drawings.name,
                f"{len(drawings.labels):,}",
                f"**{100 * right.float().mean():.2f}**",
                f"{100 * accepted[right].float().mean():.2f}",
                f"{100 * right[accepted].float().mean():.2f}",
                f"{calibration_error(probabilities, drawings.labels):.2f}",
            ]
        )
        if "moved" not in drawings.name:
            curves[drawings.name] = accepted_curve(probabilities, drawings.labels, THRESHOLDS)
    others = predictor.pixels(strokes_to_pixels([strokes for _, strokes in no_digits(NO_DIGITS)]))
    refused = 100 * (~predictor.accepts(others)).float().mean().item()
    header = ["drawings", "number", "right", "of the right ones read", "right of those read", "calibration error"]
    note = (
        f"\nIn percent, `draw`, seed 0. Of {NO_DIGITS} drawings that are no digit (bench/no_digits.py) it refuses "
        f"**{refused:.1f} %**. A reading needs a certainty of {threshold:.2f}; temperature "
        f"{predictor.calibration.temperature:.2f}; {machine()}.\n"
    )
    write("draw", table(header, rows) + note)
    plot_threshold(curves, [], threshold, PROJECT / "docs" / "threshold.svg")


if __name__ == "__main__":
    main()
