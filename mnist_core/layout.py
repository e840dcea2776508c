"""Pieces of something drawn, and how they lie: over each other, beside each other, in lines."""

from collections.abc import Sequence
from typing import NamedTuple

# A piece that lies over its neighbour by so much of its own width belongs to it.
OVERLAP = 0.6
# Pieces that share so much of the shorter one's height are in one line.
LEVEL = 0.3


class Piece(NamedTuple):
    """Something drawn, with the box around it."""

    content: list  # what can be prepared for the network
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


def joined(pieces: Sequence[Piece]) -> Piece:
    """Several pieces as one."""
    return Piece(
        [part for piece in pieces for part in piece.content],
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
    )


def merged(pieces: Sequence[Piece]) -> list[Piece]:
    """From left to right, those that lie over each other taken as one."""
    clumps: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        while clumps and _over_each_other(clumps[-1], piece):
            piece = joined([clumps.pop(), piece])
        clumps.append(piece)
    return clumps


def in_lines(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in lines of writing, from the top down.

    A piece goes on with the line whose last pieces are at its height, so that lines may rise and fall. What lies higher
    or lower, but to the side, is one line that rises or falls steeply.
    """
    lines: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.left):
        level, line = max(((_level(line, piece), line) for line in lines), key=lambda one: one[0], default=(-1, []))
        if level < 0:
            lines.append(line := [])
        line.append(piece)
    stacked: list[list[Piece]] = []
    for line in sorted(lines, key=lambda line: min(piece.top for piece in line)):
        if stacked and not _over_each_other(joined(stacked[-1]), joined(line)):
            stacked[-1] += line
        else:
            stacked.append(line)
    return stacked


def _over_each_other(one: Piece, other: Piece) -> bool:
    overlap = min(one.right, other.right) - max(one.left, other.left)
    return overlap >= OVERLAP * min(one.width, other.width)


def _level(line: list[Piece], piece: Piece) -> float:
    """How much of its height a piece shares with the end of a line; -1 if too little to be in it."""
    shared = [
        (min(last.bottom, piece.bottom) - max(last.top, piece.top), min(last.height, piece.height))
        for last in line[-3:]
    ]
    return max((overlap for overlap, height in shared if overlap >= max(0.0, LEVEL * height)), default=-1.0)
