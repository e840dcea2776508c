"""Drawings that are no digit, to measure on: letters, shapes, faces, dots and scrawls.

Kept apart from `mnist_core.penmanship`, whose scribbles a network learns from: nothing here is made in the same way,
and most of it is drawn line by line.
"""

import itertools
import math
import random
from collections.abc import Iterator

Stroke = list[list[float]]
Drawing = list[Stroke]

# Letters by the corners of their strokes, 0 to 1 with y down. Those that may be digits as well are left out: B, G, I,
# l, O, S, Z, b, g, o, q, s, z.
LETTERS = {
    "A": "0,1 .5,0 1,1|.2,.6 .8,.6",
    "C": "1,.15 .6,0 .2,.15 0,.5 .2,.85 .6,1 1,.85",
    "E": "1,0 0,0 0,1 1,1|0,.5 .8,.5",
    "F": "1,0 0,0 0,1|0,.5 .8,.5",
    "H": "0,0 0,1|1,0 1,1|0,.5 1,.5",
    "J": "1,0 1,.75 .7,1 .25,1 0,.75",
    "K": "0,0 0,1|1,0 0,.55 1,1",
    "L": "0,0 0,1 1,1",
    "M": "0,1 0,0 .5,.6 1,0 1,1",
    "N": "0,1 0,0 1,1 1,0",
    "P": "0,1 0,0 .7,0 1,.25 .7,.5 0,.5",
    "R": "0,1 0,0 .7,0 1,.25 .7,.5 0,.5 1,1",
    "T": "0,0 1,0|.5,0 .5,1",
    "U": "0,0 0,.7 .3,1 .7,1 1,.7 1,0",
    "V": "0,0 .5,1 1,0",
    "W": "0,0 .25,1 .5,.3 .75,1 1,0",
    "X": "0,0 1,1|1,0 0,1",
    "a": ".9,.2 .4,0 0,.4 .2,.9 .6,.9 .9,.5 .9,.1 .9,.8 1.1,1",
    "d": ".9,.5 .5,.4 .05,.6 .1,.95 .5,1 .9,.8|.9,0 .9,1",
    "e": "0,.5 1,.45 .8,.1 .4,0 .05,.3 .1,.8 .5,1 1,.85",
    "f": "1,.1 .7,0 .5,.2 .5,1|.1,.45 .9,.45",
    "h": "0,0 0,1|0,.6 .4,.4 .8,.5 .85,1",
    "k": "0,0 0,1|.8,.35 0,.7 .8,1",
    "m": "0,0 0,1|0,.3 .25,0 .5,.2 .5,1|.5,.3 .75,0 1,.2 1,1",
    "n": "0,0 0,1|0,.35 .5,0 .95,.2 1,1",
    "p": "0,0 0,1|0,.1 .6,0 .9,.25 .6,.5 0,.45",
    "r": "0,0 0,1|0,.4 .4,.05 .9,.1",
    "t": ".4,0 .4,.85 .7,1 1,.9|0,.3 .9,.3",
    "w": "0,0 .2,.9 .5,.3 .8,.9 1,0",
    "x": "0,.1 1,.9|1,0 0,1",
}
SHAPES = {
    "square": "0,0 1,0 1,1 0,1 0,0",
    "triangle": ".5,0 1,1 0,1 .5,0",
    "star": ".5,0 .8,1 0,.4 1,.4 .2,1 .5,0",
    "heart": ".5,.25 .3,0 0,.2 .1,.6 .5,1 .9,.6 1,.2 .7,0 .5,.25",
    "arrow": "0,.5 1,.5|.7,.2 1,.5 .7,.8",
    "plus": ".5,0 .5,1|0,.5 1,.5",
    "equals": "0,.3 1,.3|0,.7 1,.7",
    "tick": "0,.6 .35,1 1,0",
    "house": "0,1 0,.5 .5,0 1,.5 1,1 0,1",
    "hash": ".3,0 .2,1|.8,0 .7,1|0,.3 1,.3|0,.7 1,.7",
    "stairs": "0,1 0,.66 .33,.66 .33,.33 .66,.33 .66,0 1,0",
    "lightning": ".6,0 .2,.55 .6,.5 .2,1 .9,.4 .5,.45 .9,0 .6,0",
}


def no_digits(count: int, seed: int = 0) -> list[tuple[str, Drawing]]:
    """So many drawings that are no digit, as what they are and their strokes, on a pad of 400."""
    rng = random.Random(seed)
    kinds = [_letter, _letter, _shape, _face, _dots, _scrawl, _hatching, _line]
    return [kinds[index % len(kinds)](rng) for index in range(count)]


def _letter(rng: random.Random) -> tuple[str, Drawing]:
    name = rng.choice(list(LETTERS))
    return name, _by_hand(_outlined(LETTERS[name]), rng, rng.uniform(0.5, 0.9))


def _shape(rng: random.Random) -> tuple[str, Drawing]:
    name = rng.choice(list(SHAPES))
    return name, _by_hand(_outlined(SHAPES[name]), rng, rng.uniform(0.7, 1.2))


def _outlined(outline: str) -> Drawing:
    return [[[float(n) for n in point.split(",")] for point in stroke.split()] for stroke in outline.split("|")]


def _ring(x: float, y: float, width: float, height: float) -> Stroke:
    angles = [index * math.tau / 24 for index in range(25)]
    return [[x + width / 2 * math.sin(angle), y - height / 2 * math.cos(angle)] for angle in angles]


def _face(rng: random.Random) -> tuple[str, Drawing]:
    smile = rng.uniform(-0.2, 0.25)
    mouth = [[0.3 + 0.1 * i, 0.68 + smile * (1 - ((i - 2) / 2) ** 2)] for i in range(5)]
    eyes = [_ring(x, 0.35, 0.08, 0.1) for x in (0.33, 0.67)]
    return "face", _by_hand([_ring(0.5, 0.5, 1, 1), *eyes, mouth], rng, rng.uniform(0.8, 1.1))


def _dots(rng: random.Random) -> tuple[str, Drawing]:
    return "dots", [[[rng.uniform(20, 380), rng.uniform(20, 380)]] for _ in range(rng.randint(1, 6))]


def _scrawl(rng: random.Random) -> tuple[str, Drawing]:
    """A pen that wanders with a wavering direction."""
    x, y, angle, turning = 200.0, 200.0, rng.uniform(0, math.tau), 0.0
    line = []
    for _ in range(rng.randint(80, 250)):
        turning = 0.9 * turning + rng.gauss(0, 0.15)
        angle += turning
        x, y = x + 14 * math.cos(angle), y + 14 * math.sin(angle)
        if not (10 < x < 390 and 10 < y < 390):
            angle += math.pi / 2
            x, y = min(max(x, 10), 390), min(max(y, 10), 390)
        line.append([x, y])
    return "scrawl", [line]


def _hatching(rng: random.Random) -> tuple[str, Drawing]:
    lines = [[[i / 6, rng.uniform(0, 0.1)], [i / 6 + 0.3, rng.uniform(0.9, 1)]] for i in range(rng.randint(4, 7))]
    return "hatching", _by_hand(lines, rng, rng.uniform(0.8, 1.2))


def _line(rng: random.Random) -> tuple[str, Drawing]:
    """A level line, or a wave."""
    height, waves = rng.choice([0, rng.uniform(0.05, 0.3)]), rng.uniform(1, 3)
    line = [[i / 30, height * math.sin(i / 30 * waves * math.tau)] for i in range(31)]
    return "line", _by_hand([line], rng, 1.0)


def _by_hand(drawing: Drawing, rng: random.Random, width: float) -> Drawing:
    """Somewhere on the pad, a little turned, with a trembling hand."""
    size, turn = rng.uniform(80, 300), rng.gauss(0, 0.1)
    left, top = rng.uniform(0, 400 - size), rng.uniform(0, 400 - size)
    drawn = []
    for stroke in drawing:
        moved = []
        for x, y in stroke:
            x, y = (x - 0.5) * width + rng.gauss(0, 0.02), y - 0.5 + rng.gauss(0, 0.02)
            right, down = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
            moved.append([left + size * (right + 0.5), top + size * (down + 0.5)])
        drawn.append(list(_traced(moved)))
    return drawn


def _traced(corners: Stroke) -> Iterator[list[float]]:
    """The points that a pen leaves on its way from corner to corner."""
    yield corners[0]
    for (x, y), (to_x, to_y) in itertools.pairwise(corners):
        for step in range(1, 9):
            yield [x + (to_x - x) * step / 8, y + (to_y - y) * step / 8]
