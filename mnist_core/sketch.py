"""Pen strokes -> 28x28 pixels the way MNIST's digits look. Tensor operations, in batches.

MNIST's makers scaled each digit to fit a 20x20 box, kept its proportions, and placed its centre of mass in the middle
of 28x28 (yann.lecun.com/exdb/mnist). The same is done here, so that it does not matter where, how large or how bold
somebody draws. The pen's width and softness are those of MNIST's own digits.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

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
    centre: bool = True  # its ink balanced where MNIST's is; otherwise its box, or it is where it was drawn


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
