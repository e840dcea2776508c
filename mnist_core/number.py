"""Several digits, side by side and in lines -> each of them, left to right and from the top down.

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

from mnist_core.layout import Piece, in_lines, joined, merged
from mnist_core.paper import WORKING
from mnist_core.picture import Part, find_parts, parts_to_pixels, split_part
from mnist_core.predict import Predictor
from mnist_core.sketch import check_strokes, strokes_to_pixels, without_specks

MOST_PIECES = 3  # in one digit, of those that lie side by side
MOST_DIGITS = 12
# What speaks against an answer, in nats: each further digit, since most drawings are of one; each further line, since
# some leave the rings of an 8 apart; and a gap within a digit, by the height of what is drawn.
DIGIT_COST = 0.4
LINE_COST = 1.2
GAP_COST = 8.0
CLOSE = 0.5  # of the height: lines further apart are not tried as one
# A digit wider than this, by its height, may be two that touch.
WIDE = 0.9
CUTS = 3  # places tried


class Reading(NamedTuple):
    """One digit of a number."""

    pixels: torch.Tensor  # uint8 [1, 28, 28], as the network saw it
    probabilities: torch.Tensor  # float32 [10]
    accepted: bool  # whether it is certain enough
    box: tuple[float, float, float, float]  # left, top, right, bottom, where it was drawn
    line: int = 0  # from the top


Line = list[tuple[Piece, Reading]]
Prepare = Callable[[list[list]], torch.Tensor]  # contents of pieces that belong together -> uint8 [N, 1, 28, 28]


def read_strokes(predictor: Predictor, strokes: Sequence) -> list[Reading]:
    """The digits of a drawing, line by line; none on an empty pad. UserError as in `sketch.check_strokes`."""
    drawn = without_specks(check_strokes(strokes))
    return read_pieces(predictor, [_piece([stroke]) for stroke in drawn], strokes_to_pixels, _cut_strokes)


def read_picture(predictor: Predictor, image: np.ndarray) -> list[Reading]:
    """The digits in a picture, line by line; none on an empty sheet. Boxes are in shares of its width and height.

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
    predictor: Predictor, pieces: list[Piece], prepare: Prepare, cut: Callable[[Piece], list[list[Piece]]]
) -> list[Reading]:
    """The digits that pieces make up.

    cut: ways to take apart a piece that may be two digits
    """
    lines = _likeliest_lines(predictor, in_lines(pieces), prepare)
    few = sum(map(len, lines)) <= MOST_DIGITS
    return [
        part._replace(line=number)
        for number, line in enumerate(lines)
        for group, reading in line
        for part in (_parted(predictor, reading, cut(group), prepare) if few and _doubtful(reading) else [reading])
    ]


def _piece(strokes: list[np.ndarray]) -> Piece:
    points = np.concatenate(strokes)
    return Piece(strokes, *points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def _likeliest_lines(predictor: Predictor, lines: list[list[Piece]], prepare: Prepare) -> list[Line]:
    """The digits of each line; of two close ones taken as one where that is likelier, as of the rings of an 8."""
    while True:
        close = [n for n in range(len(lines) - 1) if _gap_below(lines[n], lines[n + 1]) < CLOSE]
        read = _read_lines(predictor, lines + [lines[n] + lines[n + 1] for n in close], prepare)
        gains = []
        for n, both in zip(close, read[len(lines) :], strict=True):
            gaps = GAP_COST * _gap_below(lines[n], lines[n + 1]) * min(len(read[n]), len(read[n + 1]))
            gains.append(_total(read[n]) + _total(read[n + 1]) + LINE_COST - _total(both) - gaps)
        if max(gains, default=0) <= 0:
            return read[: len(lines)]
        n = close[gains.index(max(gains))]
        lines = [*lines[:n], lines[n] + lines[n + 1], *lines[n + 2 :]]


def _read_lines(predictor: Predictor, lines: list[list[Piece]], prepare: Prepare) -> list[Line]:
    """The digits of each line. All groups of neighbours pass the network at once."""
    clumps = [merged(line) for line in lines]
    spans = [
        (line, start, end)
        for line, own in enumerate(clumps)
        for start in range(len(own))
        for end in range(start + 1, min(start + MOST_PIECES, len(own)) + 1)
    ]
    groups = [joined(clumps[line][start:end]) for line, start, end in spans]
    readings = dict(zip(spans, zip(groups, _read(predictor, groups, prepare), strict=True), strict=True))
    found = []
    for line, own in enumerate(clumps):
        mine = {(start, end): readings[line, start, end] for at, start, end in spans if at == line}
        found.append([mine[span] for span in _cheapest_grouping(own, mine)])
    return found


def _read(predictor: Predictor, pieces: list[Piece], prepare: Prepare) -> list[Reading]:
    """Each piece as one digit. All pass the network at once."""
    if not pieces:
        return []
    pixels = prepare([piece.content for piece in pieces])
    probabilities = predictor.pixels(pixels)
    accepted = predictor.accepts(probabilities).tolist()
    return [Reading(pixels[n], probabilities[n], accepted[n], piece[1:]) for n, piece in enumerate(pieces)]


def _cheapest_grouping(
    clumps: list[Piece], readings: dict[tuple[int, int], tuple[Piece, Reading]]
) -> list[tuple[int, int]]:
    """The cheapest grouping of neighbours, as spans of clumps: dynamic programming over the last group."""
    height = max(clump.height for clump in clumps) or 1.0
    best: list[tuple[float, list[tuple[int, int]]]] = [(0.0, [])]
    for end in range(1, len(clumps) + 1):
        options = []
        for start in range(max(0, end - MOST_PIECES), end):
            cost = _cost(readings[start, end][1]) + _gaps(clumps[start:end], height)
            options.append((best[start][0] + cost, [*best[start][1], (start, end)]))
        best.append(min(options, key=lambda option: option[0]))
    return best[-1][1]


def _parted(predictor: Predictor, reading: Reading, ways: list[list[Piece]], prepare: Prepare) -> list[Reading]:
    """What was taken for one digit, as the parts of the cheapest way to cut it, if these are cheaper than the whole."""
    parts = iter(_read(predictor, [part for way in ways for part in way], prepare))
    options = [[reading], *([next(parts) for _ in way] for way in ways)]
    return min(options, key=lambda option: sum(map(_cost, option)))


def _cost(reading: Reading) -> float:
    """How unlikely it is to be one digit, in nats."""
    return DIGIT_COST - math.log(max(reading.probabilities.max().item(), 1e-6))


def _total(line: Line) -> float:
    """How unlikely it is to be these digits, in nats."""
    return sum(_cost(reading) for _, reading in line)


def _gap_below(above: list[Piece], below: list[Piece]) -> float:
    """How far a line lies below another, by the height of their pieces."""
    gap = max(0.0, min(piece.top for piece in below) - max(piece.bottom for piece in above))
    return gap / (max(piece.height for piece in above + below) or 1.0)


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
