"""Variations of the digits, for training: batched, on the device, each digit its own.

What varies is drawn once for a whole epoch (`draw_variations`) and applied batch by batch (`augment`).

torchvision's transforms take a batch, too, but vary all of it in the same way; digit by digit they cost more than the
training itself (bench/augmentation.py).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
import torch.nn.functional as F

from mnist_core.config import Recipe

SIDE = 28
# A wobble is a sum of bumps on a grid this many pixels apart.
BUMP_SPACING = 7


@dataclass(frozen=True)
class Variations:
    """How each of N digits is varied; None where the recipe leaves something as it is."""

    warp: torch.Tensor | None = None  # float32 [N, 2, K]: where its pixels come from, as weights of `_basis`
    stroke: torch.Tensor | None = None  # float32 [N], -1 to 1: finer or bolder
    patches: torch.Tensor | None = None  # float32 [N, 4]: left, right, top and bottom of the wiped patch, in pixels

    def part(self, start: int, end: int) -> "Variations":
        """The variations of some of the digits."""
        return self._each(lambda drawn: drawn[start:end])

    def to(self, device: torch.device | str) -> "Variations":
        """The same on another device."""
        return self._each(lambda drawn: drawn.to(device))

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Variations":
        drawn = (self.warp, self.stroke, self.patches)
        return Variations(*(None if tensor is None else change(tensor) for tensor in drawn))


def draw_variations(recipe: Recipe, digits: int, generator: torch.Generator) -> Variations:
    """Random variations of so many digits, as strong as the recipe says. The generator is one of the CPU.

    The same generator gives the same chances whatever the strengths, so that a stronger recipe turns a digit further
    into the same direction.
    """
    if not recipe.augments():
        return Variations()
    chances = 2 * torch.rand(11, digits, generator=generator) - 1
    warp = stroke = patches = None
    if recipe.rotation or recipe.shift or recipe.zoom or recipe.shear or recipe.elastic:
        warp = _draw_warp(recipe, chances[:6])
    if recipe.elastic:
        bumps = torch.randn(digits, 2, len(_bumps()), generator=generator)
        warp = torch.cat([warp, bumps * (2 * recipe.elastic / SIDE)], dim=2)
    if recipe.stroke:
        stroke = chances[6] * recipe.stroke
    if recipe.erasing:
        centre = SIDE / 2 * (1 + chances[7:9])
        half = recipe.erasing / 4 * (1 + chances[9:11])
        (left, top), (right, bottom) = centre - half, centre + half
        patches = torch.stack([left, right, top, bottom], dim=1)
    return Variations(warp, stroke, patches)


def _draw_warp(recipe: Recipe, chances: torch.Tensor) -> torch.Tensor:
    """Affine maps from each pixel to where it comes from: six chances from -1 to 1 a digit -> float32 [N, 2, 3]."""
    turn = chances[0] * math.radians(recipe.rotation)
    slant = (chances[1] * math.radians(recipe.shear)).tan()
    width, height = 1 + chances[2:4] * recipe.zoom / 100
    right, down = chances[4:6] * 2 * recipe.shift / SIDE
    x_from = torch.stack([turn.cos() / width, slant - turn.sin(), right], dim=1)
    y_from = torch.stack([turn.sin(), turn.cos() / height, down], dim=1)
    return torch.stack([x_from, y_from], dim=1)


def augment(images: torch.Tensor, variations: Variations) -> torch.Tensor:
    """The digits varied: uint8 [N, 1, 28, 28] -> float32 of the same shape, from 0 to 255."""
    pixels = images.float() if variations.stroke is None else _with_stroke(images, variations.stroke)
    if variations.warp is not None:
        pixels = _warped(pixels, variations.warp)
    if variations.patches is not None:
        pixels = _wiped(pixels, variations.patches)
    return pixels


def _with_stroke(images: torch.Tensor, stroke: torch.Tensor) -> torch.Tensor:
    """Bolder: part of the way to the brightest of each pixel's neighbours. Finer: to the darkest."""
    amount = stroke.view(-1, 1, 1, 1)
    pixels = images.float()
    bolder = torch.lerp(pixels, _extreme(images, torch.maximum).float(), amount.clamp(min=0))
    return torch.lerp(bolder, _extreme(images, torch.minimum).float(), (-amount).clamp(min=0))


def _extreme(images: torch.Tensor, of_two) -> torch.Tensor:
    """The maximum or minimum of each pixel's 3x3 neighbourhood, taken on bytes, which are a quarter of the memory."""
    padded = F.pad(images, (1, 1, 1, 1))
    rows = of_two(of_two(padded[..., :-2], padded[..., 1:-1]), padded[..., 2:])
    return of_two(of_two(rows[..., :-2, :], rows[..., 1:-1, :]), rows[..., 2:, :])


def _warped(pixels: torch.Tensor, warp: torch.Tensor) -> torch.Tensor:
    """Each pixel taken from where `warp` says; from beyond the picture comes paper."""
    basis = _basis(warp.shape[2] > 3, warp.device)
    grid = (warp.view(-1, warp.shape[2]) @ basis).view(-1, 2, SIDE, SIDE).permute(0, 2, 3, 1)
    return F.grid_sample(pixels, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def _wiped(pixels: torch.Tensor, patches: torch.Tensor) -> torch.Tensor:
    """Paper in a rectangle of each digit."""
    places = torch.arange(SIDE, device=pixels.device) + 0.5
    left, right, top, bottom = patches[:, :, None].unbind(1)
    columns = (places > left) & (places < right)
    rows = (places > top) & (places < bottom)
    return pixels.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)


@cache
def _basis(elastic: bool, device: torch.device) -> torch.Tensor:
    """What a warp is a sum of, at each pixel, float32 [K, 784]: x, y, 1, and the bumps. The picture is -1 to 1.

    Kept on the device: a copy at each step would make a GPU wait.
    """
    places = (torch.arange(SIDE) + 0.5) * 2 / SIDE - 1
    x, y = places.repeat(SIDE), places.repeat_interleave(SIDE)
    plain = torch.stack([x, y, torch.ones(SIDE * SIDE)])
    return (torch.cat([plain, _bumps()]) if elastic else plain).to(device)


@cache
def _bumps() -> torch.Tensor:
    """Cubic B-splines on a grid that covers the picture, float32 [bumps, 784].

    Scaled so that weights of deviation 1 make a wobble of deviation 1.
    """
    knots = torch.arange(-BUMP_SPACING, SIDE + BUMP_SPACING + 1, BUMP_SPACING)
    distance = (torch.arange(SIDE) + 0.5 - knots[:, None]).abs() / BUMP_SPACING
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = (2 - distance).clamp(min=0) ** 3 / 6
    line = torch.where(distance < 1, near, far)
    bumps = torch.einsum("ay,bx->abyx", line, line).reshape(-1, SIDE * SIDE)
    return bumps / (bumps**2).sum(dim=0).mean().sqrt()
