"""Pen strokes or a picture -> 28x28 pixels the way MNIST's digits look. Tensor operations, in batches.

MNIST's makers scaled each digit to fit a 20x20 box, kept its proportions, and placed its centre of mass in the middle
of 28x28 (yann.lecun.com/exdb/mnist). The same is done here, so that it does not matter where, how large or how bold
somebody draws. The pen's width and softness are those of MNIST's own digits.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from mnist_core.errors import UserError

SIZE = 28  # pixels a side
BOX = 20  # a digit's longer side
CENTRE = 14.5  # where the ink balances: measured over the training set, 14.50 +- 0.29 in both directions
PEN = 2.5  # width of a line, where it is half as dark as in its middle
SOFTNESS = 1.1  # width of its blurred edge
PAD = 400.0  # the side of the pad that strokes are drawn on, in their own units
BRUSH = 20.0  # width of a line on that pad, as it looks to who draws

MAX_POINTS = 20_000
SPECK = 0.08  # of the largest stroke's size: what is smaller slipped from the pen
RENDER_AT_ONCE = 64  # drawings; keeps the distances of a large batch within some 100 MB

Strokes = Sequence[Sequence[Sequence[float]]]


def check_strokes(strokes) -> list[np.ndarray]:
    """A drawing from outside, as float64 arrays [points, 2]; strokes without points are left out.

    UserError if it is not a list of strokes of finite [x, y] points, or has more than MAX_POINTS of them.
    """
    wrong = "A drawing is a list of strokes, and a stroke a list of [x, y] points"
    if not isinstance(strokes, (list, tuple)):
        raise UserError(f"{wrong}; this is {type(strokes).__name__}.")
    if sum(len(stroke) for stroke in strokes if hasattr(stroke, "__len__")) > MAX_POINTS:
        raise UserError(f"A drawing may have {MAX_POINTS:,} points at most; clear the pad and draw it simpler.")
    arrays = []
    for stroke in strokes:
        try:
            points = np.asarray(stroke, dtype=np.float64)
        except (TypeError, ValueError):
            raise UserError(f"{wrong}; one of its strokes is something else.") from None
        if points.size == 0:
            continue
        if points.ndim != 2 or points.shape[1] != 2:
            raise UserError(f"{wrong}; one of its strokes has the shape {list(points.shape)}.")
        if not np.isfinite(points).all() or np.abs(points).max() > 1e6:
            raise UserError(f"{wrong}; one of its points is not a number, or beyond a million.")
        arrays.append(points)
    return arrays


class Steps(NamedTuple):
    """What is done to a drawing on its way to 28x28. Without any of it, the pad is simply shrunk."""

    scale: bool = True  # cropped to its box, without specks, and fitted into MNIST's; otherwise as large as drawn
    pen: bool = True  # drawn with a pen as wide as MNIST's; otherwise with the pad's brush, shrunk as the drawing is
    centre: bool = (
        True  # its ink balanced where MNIST's is; otherwise left where it was drawn, or its box in the middle
    )


ALL_STEPS = Steps()


def strokes_to_pixels(drawings: Sequence[Strokes]) -> torch.Tensor:
    """Drawings -> uint8 [N, 1, 28, 28], 255 for ink. An empty drawing is an empty picture.

    Each drawing is checked as in `check_strokes`.
    """
    return prepared(drawings)


def prepared(
    drawings: Sequence[Strokes], steps: Steps = ALL_STEPS, pad: float = PAD, brush: float = BRUSH
) -> torch.Tensor:
    """Drawings -> uint8 [N, 1, 28, 28], 255 for ink, by some of the steps only; by all of them, `strokes_to_pixels`.

    pad: side of the square that was drawn on, from 0 to `pad` in both directions, and brush: width of its lines, both
    above 0 and in the strokes' units. Each drawing is checked as in `check_strokes`.
    """
    checked = [check_strokes(strokes) for strokes in drawings]
    pixels = torch.zeros(len(checked), 1, SIZE, SIZE, dtype=torch.uint8)
    drawn = [index for index, strokes in enumerate(checked) if strokes]
    # Drawings of like length side by side, so that little is padded.
    segments = {index: _segments(checked[index], steps) for index in drawn}
    drawn.sort(key=lambda index: len(segments[index]))
    for first in range(0, len(drawn), RENDER_AT_ONCE):
        indices = drawn[first : first + RENDER_AT_ONCE]
        placed = _placed(_padded([segments[index] for index in indices]), steps, pad, brush)
        pixels[indices] = _as_bytes(_render(*placed))
    return pixels


def pieces_to_pixels(pieces: torch.Tensor) -> torch.Tensor:
    """Drawings as straight pieces of strokes, float32 [N, S, 2, 2] from and to, x and y -> uint8 [N, 1, 28, 28]."""
    return _as_bytes(torch.cat([_render(*_placed(part)) for part in pieces.split(RENDER_AT_ONCE)]))


def _as_bytes(ink: torch.Tensor) -> torch.Tensor:
    """Ink [N, 28, 28], 0 to 1 -> uint8 [N, 1, 28, 28]."""
    return (255 * ink).round().to(torch.uint8)[:, None]


def _segments(strokes: list[np.ndarray], steps: Steps = ALL_STEPS) -> torch.Tensor:
    """The straight pieces of a drawing, float32 [S, 2, 2]: from and to, x and y. A dot is a piece of no length."""
    pieces = []
    for points in without_specks(strokes) if steps.scale else strokes:
        moved = np.ones(len(points), dtype=bool)
        moved[1:] = (points[1:] != points[:-1]).any(axis=1)
        points = points[moved]
        pieces.append(
            np.stack([points[:-1], points[1:]], axis=1) if len(points) > 1 else points[None].repeat(2, axis=1)
        )
    everything = np.concatenate(pieces)
    if steps.scale:
        # Made small before it becomes float32, which would lose the shape of a small drawing far from the origin.
        everything -= everything.mean(axis=(0, 1))
    return torch.from_numpy(everything).float()


def without_specks(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """The strokes [points, 2] without those that are tiny beside the largest one: no part of a digit is a dot."""
    sizes = [float(np.ptp(points, axis=0).max()) for points in strokes]
    return [points for points, size in zip(strokes, sizes, strict=True) if size >= SPECK * max(sizes)]


def _padded(segments: list[torch.Tensor]) -> torch.Tensor:
    """Drawings of unequal length as one tensor [N, S, 2, 2]: a repeated last piece changes nothing."""
    longest = max(len(pieces) for pieces in segments)
    return torch.stack([torch.cat([p, p[-1:].expand(longest - len(p), 2, 2)]) for p in segments])


def _placed(
    segments: torch.Tensor, steps: Steps = ALL_STEPS, pad: float = PAD, brush: float = BRUSH
) -> tuple[torch.Tensor, torch.Tensor]:
    """The drawings in pixels, where and as large as the steps have them, and the width of their lines [N, 1, 1]."""
    low = segments.amin(dim=(1, 2), keepdim=True)
    high = segments.amax(dim=(1, 2), keepdim=True)
    longer_side = (high - low).amax(dim=-1, keepdim=True).clamp(min=1e-6)
    if not steps.scale:
        factor = torch.full_like(longer_side, SIZE / pad)
    else:  # the ink, too, lies within the box: MNIST's pen is added after scaling, the brush is scaled as well
        factor = (BOX - PEN) / longer_side if steps.pen else BOX / (longer_side + brush)
    if steps.scale or steps.centre:
        placed = (segments - (low + high) / 2) * factor + (CENTRE if steps.centre else SIZE / 2)
    else:
        placed = segments * factor
    width = torch.full_like(factor, PEN) if steps.pen else brush * factor
    width = width[:, :, 0, 0, None]
    if steps.centre:
        placed = placed + (CENTRE - _centre_of_mass(_render(placed, width)))[:, None, None, :]
    return placed, width


def _centre_of_mass(ink: torch.Tensor) -> torch.Tensor:
    """Where the ink of pictures [N, H, W] balances: [N, 2], x and y, in pixels from the top left corner."""
    mass = ink.sum(dim=(1, 2)).clamp(min=1e-6)
    x = (ink.sum(dim=1) * (torch.arange(ink.shape[2]) + 0.5)).sum(dim=1) / mass
    y = (ink.sum(dim=2) * (torch.arange(ink.shape[1]) + 0.5)).sum(dim=1) / mass
    return torch.stack([x, y], dim=1)


def _render(segments: torch.Tensor, width: torch.Tensor) -> torch.Tensor:
    """Pieces [N, S, 2, 2] in pixels, drawn in lines as wide as that [N, 1, 1] -> ink [N, 28, 28], 0 to 1.

    By each pixel's distance to the nearest piece.
    """
    start, direction = segments[:, :, 0], segments[:, :, 1] - segments[:, :, 0]
    length_squared = direction.square().sum(dim=-1).clamp(min=1e-12)
    centres = torch.arange(SIZE) + 0.5
    to_x = centres.view(1, 1, 1, -1) - start[:, :, 0, None, None]  # [N, S, 1, 28]
    to_y = centres.view(1, 1, -1, 1) - start[:, :, 1, None, None]  # [N, S, 28, 1]
    along_x, along_y = direction[:, :, 0, None, None], direction[:, :, 1, None, None]
    share = ((to_x * along_x + to_y * along_y) / length_squared[..., None, None]).clamp(0, 1)
    distance_squared = (to_x - share * along_x).square() + (to_y - share * along_y).square()
    distance = distance_squared.amin(dim=1).sqrt()
    ink = ((width / 2 - distance) / SOFTNESS + 0.5).clamp(0, 1)
    return torch.minimum(ink, width / SOFTNESS)  # a line thinner than a pixel blackens none


# Pictures

CONTRAST = 0.1  # of full black on white: less of it is an empty sheet
INK = 0.3  # of the strongest ink: less of it is paper
WORKING_SIZE = 160  # pixels of the longer side of every digit while its lines are measured
THINNEST = 1.4  # pixels in 28x28: 1 in 100 of MNIST's digits has thinner lines than this, and half of them than 2.46
FINE = 4  # pictures are centred to a quarter of a pixel


def image_to_pixels(image: np.ndarray) -> torch.Tensor:
    """A picture with one digit -> uint8 [1, 28, 28], 255 for ink; an empty sheet is an empty picture.

    image: uint8 [H, W] or [H, W, 1 | 3 | 4], ink dark on light or light on dark, any size.
    UserError if it is something else.
    """
    ink = _ink(_gray(image))
    if ink is None:
        return torch.zeros(1, SIZE, SIZE, dtype=torch.uint8)
    rows, columns = (ink > INK).any(dim=1).nonzero(), (ink > INK).any(dim=0).nonzero()
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    fitted = _resized(_thickened(_resized(cropped, WORKING_SIZE)), FINE * BOX)
    return (255 * _centred(fitted / fitted.max())).round().to(torch.uint8)


def _centred(fitted: torch.Tensor) -> torch.Tensor:
    """Ink in pixels FINE times too small -> [1, 28, 28] with its centre of mass where MNIST's digits have it."""
    sheet = torch.zeros(FINE * SIZE, FINE * SIZE)
    offset = (FINE * CENTRE - _centre_of_mass(fitted[None])[0]).round().int().tolist()
    left, top = (max(0, min(o, FINE * SIZE - side)) for o, side in zip(offset, reversed(fitted.shape), strict=True))
    sheet[top : top + fitted.shape[0], left : left + fitted.shape[1]] = fitted
    return F.avg_pool2d(sheet[None], FINE)


def _gray(image: np.ndarray) -> torch.Tensor:
    """Brightness [H, W], 0 to 1. What is transparent becomes paper: white under dark ink, black under light ink."""
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.size == 0:
        raise UserError(f"A picture is a uint8 array [H, W] or [H, W, channels]; this is {array.dtype} {array.shape}.")
    pixels = torch.from_numpy(array.astype(np.float32) / 255)
    if pixels.ndim == 2:
        return pixels
    channels = pixels.shape[2]
    if channels not in (1, 3, 4):
        raise UserError(f"A picture has 1, 3 or 4 channels, and this one has {channels}.")
    if channels == 1:
        return pixels[:, :, 0]
    gray = pixels[:, :, :3] @ torch.tensor([0.299, 0.587, 0.114])
    if channels == 3:
        return gray
    alpha = pixels[:, :, 3]
    solid = (gray * alpha).sum() / alpha.sum().clamp(min=1e-6)
    paper = 1.0 if solid < 0.5 else 0.0
    # A picture without any transparency keeps its own paper.
    return gray * alpha + paper * (1 - alpha)


def _ink(gray: torch.Tensor) -> torch.Tensor | None:
    """How much each pixel differs from the paper, 0 to 1 for the strongest; None where nothing is drawn.

    The paper is what most of the border shows.
    """
    border = torch.cat([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    difference = (gray - border.median()).abs()
    strongest = torch.quantile(difference.flatten()[:: max(1, difference.numel() // 1_000_000)], 0.999)
    strongest = strongest if strongest > CONTRAST else difference.max()
    if strongest < CONTRAST:
        return None
    return (difference / strongest).clamp(max=1)


def _resized(ink: torch.Tensor, longer_side: int) -> torch.Tensor:
    """The ink scaled so that its longer side has so many pixels, with its proportions."""
    factor = longer_side / max(ink.shape)
    size = [max(1, round(side * factor)) for side in ink.shape]
    if factor >= 1:
        return F.interpolate(ink[None, None], size=size, mode="nearest-exact")[0, 0]
    return F.interpolate(ink[None, None], size=size, mode="bilinear", antialias=True)[0, 0].clamp(0, 1)


def _thickened(ink: torch.Tensor) -> torch.Tensor:
    """Lines that would come out thinner than any of MNIST's in the box, thickened to about the width of its pen."""
    pixel = max(ink.shape) / BOX
    width = _line_width(ink)
    missing = int((PEN * pixel - width) / 2)
    if width >= THINNEST * pixel or missing < 1:
        return ink
    padded = F.pad(ink[None, None], (missing,) * 4)
    return F.max_pool2d(padded, 2 * missing + 1, stride=1, padding=missing)[0, 0]


def _line_width(ink: torch.Tensor) -> float:
    """How wide the lines of a drawing are on average, in its pixels: twice its area by its circumference."""
    drawn = F.pad((ink > 0.5).float(), (1, 1, 1, 1))
    steps = (drawn[1:] != drawn[:-1]).sum() + (drawn[:, 1:] != drawn[:, :-1]).sum()
    # Steps along rows and columns are longer than the edge that they follow, by 4 / pi on average.
    return float(2 * drawn.sum() / (steps * math.pi / 4).clamp(min=1))
