"""Several digits side by side -> each of them, left to right.

What belongs together is decided by the network: of all ways to group neighbouring strokes, the one in which it is
surest of every group. A network that has learnt what is no digit (`penmanship.scribble`) is unsure of two digits taken
as one, and of half a digit.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import torch

from mnist_core.paper import WORKING
from mnist_core.picture import Part, find_parts, parts_to_pixels, split_part
from mnist_core.predict import Predictor
from mnist_core.sketch import check_strokes, strokes_to_pixels, without_specks

# A piece that lies over its neighbour by so much of its own width belongs to it.
OVERLAP = 0.6
MOST_PIECES = 3  # in one digit, of those that lie side by side
MOST_DIGITS = 12
# What speaks against an answer, in nats: each further digit, since most drawings are of one; and a gap within a digit,
# by the height of what is drawn.
DIGIT_COST = 0.4
GAP_COST = 8.0
# A digit wider than this, by its height, may be two that touch.
WIDE = 0.9
CUTS = 3  # places tried


class Piece(NamedTuple):
    """Something drawn, with the box around it."""

    content: list  # what `prepare` takes
    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From top to bottom."""
        return self.bottom - self.top


class Reading(NamedTuple):
    """One digit of a number."""

    pixels: torch.Tensor  # uint8 [1, 28, 28], as the network saw it
    probabilities: torch.Tensor  # float32 [10]
    accepted: bool  # whether it is certain enough
    box: tuple[float, float, float, float]  # left, top, right, bottom, where it was drawn


def read_strokes(predictor: Predictor, strokes: Sequence) -> list[Reading]:
    """The digits of a drawing, left to right; none on an empty pad. UserError as in `sketch.check_strokes`."""
    drawn = without_specks(check_strokes(strokes))
    return read_pieces(predictor, [_piece([stroke]) for stroke in drawn], strokes_to_pixels, _cut_strokes)


def read_picture(predictor: Predictor, image: np.ndarray) -> list[Reading]:
    """The digits in a picture, left to right; none on an empty sheet. Boxes are in shares of its width and height.

    image: uint8 [H, W] or [H, W, 1 | 3 | 4]. UserError if it is something else.
    """
    parts = find_parts(image)
    searched = min(1.0, WORKING / max(np.shape(image)[:2]))
    height, width = (side * searched for side in np.shape(image)[:2])
    readings = read_pieces(predictor, [_framed(part) for part in parts], parts_to_pixels, _cut_parts)
    sides = (width, height, width, height)
    return [
        reading._replace(box=tuple(at / side for at, side in zip(reading.box, sides, strict=True)))
        for reading in readings
    ]


def read_pieces(
    predictor: Predictor,
    pieces: list[Piece],
    prepare: Callable[[list[list]], torch.Tensor],
    cut: Callable[[Piece], list[list[Piece]]],
) -> list[Reading]:
    """The digits that pieces make up.

    prepare: contents of pieces that belong together -> uint8 [N, 1, 28, 28]
    cut: ways to take apart a piece that may be two digits
    """
    clumps = _merged(pieces)
    spans = [
        (start, end)
        for start in range(len(clumps))
        for end in range(start + 1, min(start + MOST_PIECES, len(clumps)) + 1)
    ]
    groups = {(start, end): joined(clumps[start:end]) for start, end in spans}
    readings = dict(zip(spans, _read(predictor, list(groups.values()), prepare), strict=True))
    chosen = _cheapest_grouping(clumps, readings)
    doubtful = [span for span in chosen if _doubtful(readings[span])] if len(chosen) <= MOST_DIGITS else []
    parted = {span: _parted(predictor, readings[span], cut(groups[span]), prepare) for span in doubtful}
    return [reading for span in chosen for reading in parted.get(span, [readings[span]])]


def _piece(strokes: list[np.ndarray]) -> Piece:
    points = np.concatenate(strokes)
    return Piece(strokes, *points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def joined(pieces: Sequence[Piece]) -> Piece:
    """Several pieces as one."""
    return Piece(
        [part for piece in pieces for part in piece.content],
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
    )


def _merged(pieces: list[Piece]) -> list[Piece]:
    """From left to right, those that lie over each other taken as one."""
    clumps: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        while clumps and _over_each_other(clumps[-1], piece):
            piece = joined([clumps.pop(), piece])
        clumps.append(piece)
    return clumps


def _over_each_other(one: Piece, other: Piece) -> bool:
    overlap = min(one.right, other.right) - max(one.left, other.left)
    return overlap >= OVERLAP * min(one.width, other.width)


def _read(predictor: Predictor, pieces: list[Piece], prepare: Callable[[list[list]], torch.Tensor]) -> list[Reading]:
    """Each piece as one digit. All pass the network at once."""
    if not pieces:
        return []
    pixels = prepare([piece.content for piece in pieces])
    probabilities = predictor.pixels(pixels)
    accepted = predictor.accepts(probabilities).tolist()
    return [Reading(pixels[n], probabilities[n], accepted[n], piece[1:]) for n, piece in enumerate(pieces)]


def _cheapest_grouping(clumps: list[Piece], readings: dict[tuple[int, int], Reading]) -> list[tuple[int, int]]:
    """The cheapest grouping of neighbours, as spans of clumps: dynamic programming over the last group."""
    height = max((clump.height for clump in clumps), default=0) or 1.0
    best: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
    for end in range(1, len(clumps) + 1):
        options = []
        for start in range(max(0, end - MOST_PIECES), end):
            cost = _cost(readings[start, end]) + _gaps(clumps[start:end], height)
            options.append((best[start][0] + cost, [*best[start][1], (start, end)]))
        best.append(min(options, key=lambda option: option[0]))
    return best[-1][1]


def _parted(
    predictor: Predictor, reading: Reading, ways: list[list[Piece]], prepare: Callable[[list[list]], torch.Tensor]
) -> list[Reading]:
    """What was taken for one digit, as the parts of the cheapest way to cut it, if these are cheaper than the whole."""
    parts = iter(_read(predictor, [part for way in ways for part in way], prepare))
    options = [[reading], *([next(parts) for _ in way] for way in ways)]
    return min(options, key=lambda option: sum(map(_cost, option)))


def _cost(reading: Reading) -> float:
    """How unlikely it is to be one digit, in nats."""
    return DIGIT_COST - math.log(max(reading.probabilities.max().item(), 1e-6))


def _gaps(clumps: list[Piece], height: float) -> float:
    """What it costs to take pieces together that lie apart."""
    gaps = (max(0.0, after.left - before.right) for before, after in itertools.pairwise(clumps))
    return GAP_COST * sum(gaps) / height


def _doubtful(reading: Reading) -> bool:
    left, top, right, bottom = reading.box
    return reading.probabilities.max() < 0.9 and right - left > WIDE * (bottom - top)


def _cut_strokes(clump: Piece) -> list[list[Piece]]:
    """Strokes cut from top to bottom where the fewest lines are crossed."""
    places = np.linspace(clump.left + 0.25 * clump.width, clump.right - 0.25 * clump.width, 13)
    crossed = [sum(_crossings(stroke, place) for stroke in clump.content) for place in places]
    middle = np.abs(places - (clump.left + clump.right) / 2) / clump.width
    ways = []
    for index in np.argsort(np.array(crossed) + middle)[:CUTS]:
        sides = [[], []]
        for stroke in clump.content:
            for run in _runs(stroke, places[index]):
                sides[int(run[:, 0].mean() > places[index])].append(run)
        if all(sides):
            ways.append([_piece(side) for side in sides])
    return ways


def _framed(part: Part) -> Piece:
    return Piece([part], part.left, part.top, part.right, part.bottom)


def _cut_parts(clump: Piece) -> list[list[Piece]]:
    """Ink cut where it touches, as `picture.split_part` finds such places."""
    if len(clump.content) > 1:
        return []
    return [[_framed(part) for part in way] for way in split_part(clump.content[0])[:CUTS]]


def _crossings(stroke: np.ndarray, place: float) -> int:
    right = stroke[:, 0] > place
    return int((right[1:] != right[:-1]).sum())


def _runs(stroke: np.ndarray, place: float) -> list[np.ndarray]:
    """The stroke in parts that lie on one side of a place each."""
    right = stroke[:, 0] > place
    return np.split(stroke, np.flatnonzero(right[1:] != right[:-1]) + 1)
