"""Ways in which people write each digit, as strokes of a pen: what styles.txt says, and how it is to be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

Point = tuple[float, float]
Stroke = list[Point]


class Style(NamedTuple):
    """One way to write a digit: the same strokes in two poses, and how often it is drawn relative to the others.

    A point is (x, y) with y down, the digit about 0 to 1 in both; a point given twice is a corner.
    """

    digit: int
    name: str
    weight: float
    one: list[Stroke]
    other: list[Stroke]


def _read(path: Path) -> Iterator[Style]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    for title, one, other in zip(lines[::3], lines[1::3], lines[2::3], strict=True):
        digit, _, name = title.partition(" ")
        name, _, weight = name.partition(" x")
        yield Style(int(digit), name, float(weight or 1), _strokes(one), _strokes(other))


def _strokes(line: str) -> list[Stroke]:
    return [list(_points(stroke)) for stroke in line.split("|")]


def _points(stroke: str) -> Iterator[Point]:
    for word in stroke.split():
        numbers = [int(number) / 100 for number in word.strip("o!").split(",")]
        if word.startswith("o"):
            yield from _ellipse(*numbers)
        else:
            yield from [tuple(numbers)] * (2 if word.endswith("!") else 1)


def _ellipse(x: float, y: float, width: float, height: float) -> Stroke:
    """From its top, against the clock, and a little beyond its beginning."""
    corners = [(0, -1), (-0.7, -0.7), (-1, 0), (-0.7, 0.7), (0, 1), (0.7, 0.7), (1, 0), (0.7, -0.7)]
    turns = [*corners, (0, -1), (-0.4, -0.9)]
    return [(x + width / 2 * right, y + height / 2 * down) for right, down in turns]


STYLES = list(_read(Path(__file__).with_suffix(".txt")))
