"""Pictures of handwriting -> pieces of ink, and those -> 28x28 pixels the way MNIST's digits look.

`paper.py` tells the ink from the paper. Like there, OpenCV is imported when the first picture is read.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mnist_core.paper import DUST, INK, find_ink, near, pieces
from mnist_core.sketch import BOX, CENTRE, PEN, SIZE

SPECK = 0.22  # of the tallest part's height: what is smaller is no part of its own
SAMPLE = 160  # pixels of the longer side of every digit while its lines are measured
# Pixels in 28x28: a quarter of MNIST's digits have thinner lines than the one, 1 in 10 has thicker ones than the other.
THINNEST, THICKEST = 2.1, 3.4
FINE = 4  # pictures are centred to a quarter of a pixel


@dataclass(frozen=True)
class Part:
    """A connected piece of ink, cut out of its picture."""

    ink: torch.Tensor  # float32 [height, width], 0 for paper to 1 for full ink
    left: int  # of its top left corner, in pixels of the picture as it was searched
    top: int

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.ink.shape[1]

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.ink.shape[0]

    @property
    def right(self) -> int:
        """The first column after it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """The first row below it."""
        return self.top + self.height


def image_to_pixels(image: np.ndarray) -> torch.Tensor:
    """A picture with one digit -> uint8 [1, 28, 28], 255 for ink; an empty sheet is an empty picture.

    image: uint8 [H, W] or [H, W, 1 | 3 | 4], ink dark on light or light on dark, any size. All that is drawn is taken
    as one digit. UserError if it is something else.
    """
    parts = find_parts(image)
    return parts_to_pixels([parts] if parts else [[]])[0]


def find_parts(image: np.ndarray) -> list[Part]:
    """The pieces of ink in a picture from left to right; none on an empty sheet. Picture and errors as above."""
    found = find_ink(image)
    if found is None:
        return []
    ink, drawn = found
    labels, boxes = pieces(drawn)
    kept = _without_specks(boxes, max(ink.shape))
    parts = [_cut_out(ink, labels, boxes, group) for group in kept]
    return sorted(parts, key=lambda part: part.left)


def parts_to_pixels(groups: Sequence[Sequence[Part]]) -> torch.Tensor:
    """Each group of parts as one digit, prepared like MNIST's: uint8 [N, 1, 28, 28], 255 for ink.

    A group without parts is an empty picture.
    """
    pixels = np.zeros((len(groups), 1, SIZE, SIZE), dtype=np.uint8)
    for index, group in enumerate(groups):
        if len(group):
            pixels[index, 0] = _like_mnist(_together(group))
    return torch.from_numpy(pixels)


# Pieces of ink


def _without_specks(boxes: np.ndarray, longer_side: int) -> list[list[int]]:
    """The pieces that count, as groups of rows of `boxes`: a large one, with the small ones that are close to it."""
    if not len(boxes):
        return []
    sizes = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    large = np.flatnonzero(sizes >= max(SPECK * sizes.max(), min(DUST * longer_side, sizes.max())))
    if sizes.max() < DUST * longer_side:
        return []
    groups = {index: [index] for index in large}
    for index in np.setdiff1d(np.flatnonzero(sizes >= 0.3 * SPECK * sizes.max()), large):
        gaps = np.maximum(boxes[large, :2] - boxes[index, 2:], boxes[index, :2] - boxes[large, 2:]).clip(0).max(axis=1)
        nearest = gaps.argmin()
        if gaps[nearest] <= SPECK * sizes[large[nearest]]:
            groups[large[nearest]].append(index)
    return list(groups.values())


def _cut_out(ink: np.ndarray, labels: np.ndarray, boxes: np.ndarray, group: list[int]) -> Part:
    """The pieces of a group as one part, with their soft edges and without what else lies in their box."""
    (left, top), (right, bottom) = boxes[group, :2].min(axis=0), boxes[group, 2:].max(axis=0)
    numbers = labels[top:bottom, left:right]
    mine = np.isin(numbers, np.add(group, 1))
    soft = near(mine, max(2, round(max(numbers.shape) / BOX))) & (mine | (numbers == 0))
    cut = np.where(soft, ink[top:bottom, left:right], 0).astype(np.float32)
    return Part(torch.from_numpy(cut), int(left), int(top))


# Pieces that are more than one digit


def split_part(part: Part) -> list[list[Part]]:
    """Ways to cut a wide part into two or three digits that touch, each from left to right; [] for a narrow one.

    Cuts follow what little ink there is from top to bottom, a little slanted or bent. Ways with less ink to cut first.
    """
    if part.width < 0.6 * part.height or part.width < 8:
        return []
    cuts = _cuts(part.ink.numpy())
    ways = [[cut] for cut in cuts]
    if part.width > 1.1 * part.height:
        apart = 0.3 * part.height
        ways += [[a, b] for a in cuts for b in cuts if b.mean() - a.mean() > apart]
    ways = [_divided(part, way) for way in ways]
    return [way for way in ways if all(piece.height > 0.4 * part.height for piece in way)]


def _cuts(ink: np.ndarray, most: int = 9) -> list[np.ndarray]:
    """Ways from top to bottom that cross little ink, each an int array [height] of columns; the easiest ones first.

    One is looked for in every upright stretch of the part, so that not all of them lead through the same gap.
    """
    import cv2

    rows = 40
    factor = rows / ink.shape[0]
    columns = max(4, round(ink.shape[1] * factor))
    cost = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA) + 0.02
    reach, margin = 0.12 * rows, round(0.15 * rows)
    found = []
    for middle in range(margin, columns - margin + 1, 3):
        outside = np.abs(np.arange(columns) - middle) > reach
        found.append(_easiest_way(cost + np.where(outside, np.inf, 0)))
    cuts = []
    for _, way in sorted(found, key=lambda one: one[0]):
        if len(cuts) < most and all(abs(way - other).mean() > 0.08 * rows for other in cuts):
            cuts.append(way)
    at = np.minimum((np.arange(ink.shape[0]) * factor).astype(int), rows - 1)
    return [((cut[at] + 0.5) / factor).astype(int) for cut in cuts]


def _easiest_way(cost: np.ndarray) -> tuple[float, np.ndarray]:
    """The way from the top row to the bottom row, a column aside at most in each step, that costs least: what it
    costs, and its columns, int [rows].
    """
    total, steps = cost[-1], []
    for row in reversed(cost[:-1]):
        beside = np.pad(total, 1, constant_values=np.inf)
        # A slanted step is longer, and a cut that bends into somebody's stroke is no cut.
        choices = np.stack([beside[1:-1], beside[:-2] + 0.1, beside[2:] + 0.1])
        steps.append(np.array([0, -1, 1])[choices.argmin(axis=0)])
        total = row + choices.min(axis=0)
    way = [int(total.argmin())]
    for step in reversed(steps):
        way.append(way[-1] + int(step[way[-1]]))
    return float(total.min()), np.array(way)


def _divided(part: Part, cuts: list[np.ndarray]) -> list[Part]:
    """The part cut along each of the ways, from left to right."""
    columns = np.arange(part.width)
    number = sum((columns >= cut[:, None]).astype(int) for cut in cuts)
    parts = []
    for index in range(len(cuts) + 1):
        ink = np.where(number == index, part.ink.numpy(), 0)
        rows, inked = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
        if len(rows):
            cropped = torch.from_numpy(ink[rows[0] : rows[-1] + 1, inked[0] : inked[-1] + 1].copy())
            parts.append(Part(cropped, part.left + int(inked[0]), part.top + int(rows[0])))
    return parts


# What MNIST's makers did


def _together(parts: Sequence[Part]) -> np.ndarray:
    """The parts on one sheet that just holds them, float32 [h, w]."""
    left, top = min(part.left for part in parts), min(part.top for part in parts)
    sheet = np.zeros((max(p.bottom for p in parts) - top, max(p.right for p in parts) - left), np.float32)
    for part in parts:
        rows, columns = slice(part.top - top, part.bottom - top), slice(part.left - left, part.right - left)
        np.maximum(sheet[rows, columns], part.ink.numpy(), out=sheet[rows, columns])
    return sheet


def _like_mnist(ink: np.ndarray) -> np.ndarray:
    """A digit's ink -> uint8 [28, 28]: fitted into the box, its centre of mass where MNIST's digits have it."""
    fitted = _resized(_with_mnists_pen(_resized(ink, SAMPLE)), FINE * BOX)
    fitted /= max(float(fitted.max()), 1e-6)
    sheet = np.zeros((FINE * SIZE, FINE * SIZE), np.float32)
    height, width = fitted.shape
    left, top = (
        min(max(0, round(FINE * CENTRE - _balance(fitted.sum(axis=axis)))), FINE * SIZE - side)
        for axis, side in ((0, width), (1, height))
    )
    sheet[top : top + height, left : left + width] = fitted
    return (255 * sheet.reshape(SIZE, FINE, SIZE, FINE).mean(axis=(1, 3))).round().astype(np.uint8)


def _balance(mass: np.ndarray) -> float:
    """Where a row of masses balances, in pixels from its start."""
    return float((mass * (np.arange(len(mass)) + 0.5)).sum() / max(float(mass.sum()), 1e-6))


def _resized(ink: np.ndarray, longer_side: int) -> np.ndarray:
    """The ink scaled so that its longer side has so many pixels, with its proportions."""
    import cv2

    factor = longer_side / max(ink.shape)
    size = [max(1, round(side * factor)) for side in reversed(ink.shape)]
    return cv2.resize(ink, size, interpolation=cv2.INTER_NEAREST_EXACT if factor >= 1 else cv2.INTER_AREA)


def _with_mnists_pen(ink: np.ndarray) -> np.ndarray:
    """Lines that would come out thinner or thicker than most of MNIST's in the box, made about as wide as its pen."""
    import cv2

    pixel = max(ink.shape) / BOX
    width = _line_width(ink)
    missing = int((PEN * pixel - width) / 2)
    if THINNEST * pixel <= width <= THICKEST * pixel or missing == 0:
        return ink
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * abs(missing) + 1, 2 * abs(missing) + 1))
    if missing > 0:
        return cv2.dilate(np.pad(ink, missing), around)
    thinner = cv2.erode(np.pad(ink, 1), around, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    rows, columns = np.flatnonzero((thinner > INK).any(axis=1)), np.flatnonzero((thinner > INK).any(axis=0))
    return thinner[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else ink


def _line_width(ink: np.ndarray) -> float:
    """How wide the lines of a drawing are on average, in its pixels: twice its area by its circumference."""
    drawn = np.pad(ink > 0.5, 1)
    steps = (drawn[1:] != drawn[:-1]).sum() + (drawn[:, 1:] != drawn[:, :-1]).sum()
    # Steps along rows and columns are longer than the edge that they follow, by 4 / pi on average.
    return float(2 * drawn.sum() / max(steps * math.pi / 4, 1))
