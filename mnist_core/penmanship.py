"""Made-up drawings: digits in every style of `styles.py`, each by another hand, and scribbles that are no digit.

A network that saw MNIST alone has never met a 1 with an upstroke or a 7 with a crossbar. Here are as many as it needs:
strokes are bent, slanted, stretched and hurried at random, and drawn by `sketch.py` with the pen that it draws
visitors' strokes with. No data goes into it.
"""

import math
from collections.abc import Callable

import torch

from mnist_core.config import Recipe
from mnist_core.data import NO_DIGIT, Digits
from mnist_core.sketch import pieces_to_pixels
from mnist_core.styles import STYLES, Stroke, Style

AT_ONCE = 64  # drawings; few, since what a scribble is made of is chosen once for all of them

Strokes = list[torch.Tensor]  # [drawings, points, 2] each


def gather(recipe: Recipe, mnist: Digits) -> Digits:
    """What a recipe learns from: MNIST without what is held out, and the drawings it asks for, on MNIST's device."""
    parts = [Digits(*(tensor[: len(mnist) - recipe.held_out] for tensor in mnist))]
    generator = torch.Generator().manual_seed(recipe.seed)
    if recipe.drawn:
        parts.append(write_digits(recipe.drawn, generator))
    if recipe.scribbles:
        parts.append(scribble(recipe.scribbles, generator))
    device = mnist.images.device
    return Digits(*(torch.cat([tensor.to(device) for tensor in kind]) for kind in zip(*parts, strict=True)))


def write_digits(count: int, generator: torch.Generator) -> Digits:
    """So many digits, shuffled: all ten alike often, each in its styles by their weights; uint8 [count, 1, 28, 28]."""
    heaviness = torch.tensor([sum(s.weight for s in STYLES if s.digit == style.digit) for style in STYLES])
    chances = torch.tensor([style.weight for style in STYLES]) / heaviness
    chosen = torch.multinomial(chances, count, replacement=True, generator=generator)
    labels = torch.tensor([style.digit for style in STYLES])[chosen]
    return Digits(_drawn(chosen, [_writer(style) for style in STYLES], generator), labels)


def write_style(style: Style, count: int, generator: torch.Generator) -> torch.Tensor:
    """A digit in one style by so many hands: uint8 [count, 1, 28, 28]."""
    return _drawn(torch.zeros(count, dtype=torch.int64), [_writer(style)], generator)


def scribble(count: int, generator: torch.Generator) -> Digits:
    """So many drawings that are no digit, labelled NO_DIGIT; uint8 [count, 1, 28, 28], shuffled."""
    chosen = torch.randint(len(SCRIBBLES), (count,), generator=generator)
    return Digits(_drawn(chosen, SCRIBBLES, generator), torch.full((count,), NO_DIGIT))


Drawer = Callable[[int, torch.Generator], Strokes]


def _drawn(chosen: torch.Tensor, drawers: list[Drawer], generator: torch.Generator) -> torch.Tensor:
    """Pictures [N, 1, 28, 28], each by the drawer that was chosen for it."""
    pixels = torch.zeros(len(chosen), 1, 28, 28, dtype=torch.uint8)
    for index in chosen.unique().tolist():
        for places in (chosen == index).nonzero()[:, 0].split(AT_ONCE):
            pixels[places] = pieces_to_pixels(_as_pieces(drawers[index](len(places), generator)))
    return pixels


def _as_pieces(strokes: Strokes) -> torch.Tensor:
    """Strokes of points as straight pieces [N, S, 2, 2]: from and to, x and y."""
    return torch.cat([torch.stack([stroke[:, :-1], stroke[:, 1:]], dim=2) for stroke in strokes], dim=1)


# The hand

WIDTH, WIDTH_SPREAD = 0.62, 0.3  # of a digit by its height, and how much it differs, as a logarithm
SLANT, SLANT_SPREAD = 0.15, 0.25  # to the right, per height
TURN = 0.07  # radians
UNSTEADY = 0.035  # how far a stroke's points stray
BEND = 0.032  # how far the whole is bent
MISPLACED = 0.03  # how far a stroke is off its place


def _writer(style: Style) -> Drawer:
    return lambda count, generator: _by_hand(_posed(style, count, generator), count, generator)


def _posed(style: Style, count: int, generator: torch.Generator) -> Strokes:
    """The style's strokes somewhere between its two poses, or a little beyond."""
    between = torch.rand(count, 1, 1, generator=generator) * 1.3 - 0.15
    return [
        _smooth(_strayed(torch.lerp(_points(one), _points(other), between), generator))
        for one, other in zip(style.one, style.other, strict=True)
    ]


def _points(stroke: Stroke) -> torch.Tensor:
    return torch.tensor(stroke)[None]


def _strayed(points: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Each point a little off, and the whole stroke too; the two points of a corner stay together."""
    steps = torch.randn(points.shape, generator=generator) * UNSTEADY
    for index in range(1, points.shape[1]):
        if torch.equal(points[0, index], points[0, index - 1]):
            steps[:, index] = steps[:, index - 1]
    return points + steps + torch.randn(len(points), 1, 2, generator=generator) * MISPLACED


def _smooth(points: torch.Tensor, pieces: int = 4) -> torch.Tensor:
    """A curve through points [N, P, 2] (Catmull and Rom 1974), each gap in so many pieces: [N, points, 2]."""
    if points.shape[1] < 2:
        return points
    padded = torch.cat([2 * points[:, :1] - points[:, 1:2], points, 2 * points[:, -1:] - points[:, -2:-1]], dim=1)
    before, start, end, after = (padded[:, i : i + points.shape[1] - 1, None] for i in range(4))
    t = (torch.arange(pieces) / pieces).view(1, 1, -1, 1)
    curve = start + t / 2 * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )
    return torch.cat([curve.flatten(1, 2), points[:, -1:]], dim=1)


def _by_hand(strokes: Strokes, count: int, generator: torch.Generator) -> Strokes:
    """Strokes as another hand draws each: hurried, bent, stretched, slanted and turned."""

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(count, *shape, generator=generator)

    hurry = torch.rand(count, 1, 1, generator=generator)
    width = WIDTH * (normal(1) * WIDTH_SPREAD).exp()
    slant, turn = SLANT + normal(1) * SLANT_SPREAD, normal(1) * TURN
    waves, phases = normal(2, 3) * BEND, torch.rand(count, 2, 3, generator=generator) * 2 * math.pi
    directions = normal(2, 3) * 3
    written = []
    for stroke in strokes:
        x, y = torch.lerp(stroke, _hurried(stroke), hurry).unbind(dim=2)
        along = x[:, :, None] * directions[:, :1] + y[:, :, None] * directions[:, 1:] + phases.mean(dim=1, keepdim=True)
        x = x + ((along + phases[:, :1]).sin() * waves[:, :1]).sum(dim=2)
        y = y + ((along + phases[:, 1:]).sin() * waves[:, 1:]).sum(dim=2)
        x = (x - 0.5) * width - (y - 0.5) * slant
        y = y - 0.5
        written.append(torch.stack([x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()], dim=2))
    return written


def _hurried(stroke: torch.Tensor) -> torch.Tensor:
    """The stroke with its corners cut, as a fast pen does."""
    for _ in range(2):
        middle = (stroke[:, :-2] + 2 * stroke[:, 1:-1] + stroke[:, 2:]) / 4
        stroke = torch.cat([stroke[:, :1], middle, stroke[:, -1:]], dim=1)
    return stroke


# What is no digit


def _tangle(strokes: int, points: int) -> Drawer:
    """Curves through random points."""

    def draw(count: int, generator: torch.Generator) -> Strokes:
        return [_smooth(torch.rand(count, points, 2, generator=generator)) for _ in range(strokes)]

    return draw


def _lines(strokes: int, points: int) -> Drawer:
    """Straight lines between random points."""

    def draw(count: int, generator: torch.Generator) -> Strokes:
        return [torch.rand(count, points, 2, generator=generator) for _ in range(strokes)]

    return draw


def _polygon(corners: int) -> Drawer:
    """A closed figure with corners."""

    def draw(count: int, generator: torch.Generator) -> Strokes:
        angles = (torch.arange(corners + 1) % corners) * 2 * math.pi / corners
        strayed = angles + torch.randn(count, 1, generator=generator) * 0.5
        radius = 0.5 + 0.1 * torch.randn(count, corners, generator=generator)
        radius = torch.cat([radius, radius[:, :1]], dim=1)
        return [torch.stack([radius * strayed.cos(), radius * strayed.sin()], dim=2)]

    return draw


def _level_line(count: int, generator: torch.Generator) -> Strokes:
    """One line or arc, too level for a 1."""
    angle = torch.rand(count, 1, generator=generator) * 1.6 - 0.8
    along = torch.linspace(-0.5, 0.5, 9)
    bow = (torch.rand(count, 1, generator=generator) - 0.5) * (0.25 - along.square()) * 3
    return [torch.stack([along * angle.cos() - bow * angle.sin(), along * angle.sin() + bow * angle.cos()], dim=2)]


def _dots(dots: int) -> Drawer:
    """A few dots, or strokes not much longer."""

    def draw(count: int, generator: torch.Generator) -> Strokes:
        places = torch.rand(dots, count, 1, 2, generator=generator)
        length = 0.06 if dots > 1 else 0  # one short stroke is a 1, drawn small
        return [torch.cat([p, p + length * torch.randn(count, 1, 2, generator=generator)], dim=1) for p in places]

    return draw


def _zigzag(count: int, generator: torch.Generator) -> Strokes:
    """To and fro, many times."""
    height = torch.rand(count, 1, generator=generator) * 1.2 + 0.1
    corners = torch.arange(9)
    y = (corners % 2) * height + 0.08 * torch.randn(count, 9, generator=generator)
    x = corners / 8 + 0.03 * torch.randn(count, 9, generator=generator)
    turn = torch.rand(count, 1, generator=generator) * math.pi
    return [_smooth(torch.stack([x * turn.cos() - y * turn.sin(), x * turn.sin() + y * turn.cos()], dim=2))]


def _spiral(count: int, generator: torch.Generator) -> Strokes:
    """Round and round, wider each time."""
    along = torch.linspace(0, 1, 41)
    rounds = 2 + 2 * torch.rand(count, 1, generator=generator)
    angle = along * rounds * 2 * math.pi + torch.rand(count, 1, generator=generator) * 2 * math.pi
    return [torch.stack([along * angle.cos(), along * angle.sin()], dim=2)]


def _any_digit(count: int, generator: torch.Generator, digits: tuple[int, ...]) -> Strokes:
    """The same style for all: which one is drawn anew each time."""
    styles = [style for style in STYLES if style.digit in digits]
    style = styles[int(torch.randint(len(styles), (), generator=generator))]
    return _by_hand(_posed(style, count, generator), count, generator)


def _crowded(count: int, generator: torch.Generator) -> Strokes:
    """Two digits side by side, or over each other."""
    first, second = (_any_digit(count, generator, tuple(range(10))) for _ in range(2))
    apart = torch.tensor([0.9, 0.0]) + torch.randn(count, 1, 2, generator=generator) * torch.tensor([0.3, 0.15])
    return first + [stroke + apart for stroke in second]


def _mirrored(count: int, generator: torch.Generator) -> Strokes:
    """A digit as in a mirror, where that is no digit."""
    return [stroke * torch.tensor([-1.0, 1.0]) for stroke in _any_digit(count, generator, (3, 4, 6, 7, 9))]


def _lying(count: int, generator: torch.Generator) -> Strokes:
    """A digit on its side, where that is no digit."""
    side = 1 if torch.rand((), generator=generator) < 0.5 else -1
    turned = torch.tensor([[0.0, 1.0], [-1.0, 0.0]]) * side
    return [stroke @ turned for stroke in _any_digit(count, generator, (2, 3, 4, 5, 6, 7, 9))]


def _struck_out(count: int, generator: torch.Generator) -> Strokes:
    """A digit with lines all over it."""
    lines = torch.rand(3, count, 2, 2, generator=generator) * 1.4 - 0.7
    return _any_digit(count, generator, tuple(range(10))) + list(lines)


SCRIBBLES: list[Drawer] = [
    *(_tangle(strokes, points) for strokes, points in ((1, 8), (2, 4), (2, 6), (3, 3), (3, 5), (1, 14))),
    *(_lines(strokes, points) for strokes, points in ((1, 6), (2, 2), (2, 3), (3, 2), (4, 2), (5, 2))),
    *(_polygon(corners) for corners in (3, 4, 5)),
    *(_dots(dots) for dots in (1, 2, 3, 5)),
    _level_line,
    _zigzag,
    _spiral,
    *[_crowded] * 4,
    *[_mirrored] * 4,
    *[_lying] * 4,
    _struck_out,
]
