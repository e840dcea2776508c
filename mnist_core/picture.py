"""Pictures of handwriting -> pieces of ink, and those -> 28x28 pixels the way MNIST's digits look.

A picture is a photo, a scan or a drawing: ink dark on light or light on dark, on paper that need be neither plain nor
evenly lit. What the paper looks like behind the ink is a median over its surroundings; ink is what differs from that.
Lines that cross the sheet are the paper's own, thin specks are dust, and what surrounds everything is a frame.

OpenCV is imported when the first picture is read: until then it would only take up memory.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mnist_core.errors import UserError
from mnist_core.sketch import BOX, CENTRE, PEN, SIZE

WORKING = 1000  # pixels of the longer side: larger pictures are scaled down to it
CONTRAST = 0.1  # of full black on white: less of it is an empty sheet
INK = 0.3  # of the strongest ink: less of it is paper
EVEN = 10  # of 255: a border that differs less from its median belongs to a sheet of one colour
PAPER = 160  # pixels of the longer side of a picture while its paper is estimated
DUST = 0.012  # of a picture's longer side, and
SPECK = 0.22  # of the tallest part's height: what is smaller than either is no part
SAMPLE = 160  # pixels of the longer side of every digit while its lines are measured
THINNEST = 1.4  # pixels in 28x28: 1 in 100 of MNIST's digits has thinner lines than this, and half of them than 2.46
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
    found = _find_ink(_shrunk(_opaque(image)))
    if found is None:
        return []
    ink, drawn = found
    labels, boxes = _pieces(drawn)
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


# What is ink, and what is paper


def _opaque(image: np.ndarray) -> np.ndarray:
    """Brightness or colours, uint8 [H, W, 1 | 3]. What is transparent becomes paper: white under dark ink, black
    under light ink.
    """
    array = np.asarray(image)
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.size == 0:
        raise UserError(f"A picture is a uint8 array [H, W] or [H, W, channels]; this is {array.dtype} {array.shape}.")
    if array.ndim == 2:
        return array[:, :, None]
    channels = array.shape[2]
    if channels not in (1, 3, 4):
        raise UserError(f"A picture has 1, 3 or 4 channels, and this one has {channels}.")
    if channels < 4:
        return array
    colours, alpha = array[:, :, :3], array[:, :, 3:]
    if alpha.min() == 255:
        return colours
    alpha = alpha.astype(np.float32) / 255
    solid = (colours * alpha).mean(axis=2).sum() / max(alpha.sum(), 1e-6)
    paper = 255 if solid < 128 else 0
    return (colours * alpha + paper * (1 - alpha)).round().astype(np.uint8)


def _shrunk(colours: np.ndarray) -> np.ndarray:
    """The picture within WORKING pixels, as uint8 [h, w, 1 | 3]."""
    import cv2

    factor = WORKING / max(colours.shape)
    if factor >= 1:
        return np.ascontiguousarray(colours)
    size = [max(1, round(side * factor)) for side in colours.shape[1::-1]]
    shrunk = cv2.resize(np.ascontiguousarray(colours), size, interpolation=cv2.INTER_AREA)
    return shrunk.reshape(size[1], size[0], -1)


def _find_ink(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Ink, float32 [h, w] from 0 to 1 for the strongest, and where it is drawn, bool [h, w]; None on an empty sheet."""
    darkest, lightest = _paper(colours)
    darker = np.maximum(darkest - colours, 0).mean(axis=2)
    lighter = np.maximum(colours - lightest, 0).mean(axis=2)
    # Ink in the shade is as much darker than the paper there, in proportion, as elsewhere.
    most = np.maximum(darkest.mean(axis=2), 32), np.maximum(255 - lightest.mean(axis=2), 32)
    ways = (darker / most[0], lighter / most[0]), (lighter / most[1], darker / most[1])
    found = [_drawn(ink, other) for ink, other in ways if ink.max() > CONTRAST]
    score, ink, drawn = max(found, key=lambda one: one[0], default=(0, None, None))
    return (ink, drawn) if score else None


def _drawn(ink: np.ndarray, other: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Of what is darker, or lighter, than the paper: how much is drawn, the ink, and where it is.

    other: what differs from the paper the other way.
    """
    # Paper is as noisy in the one direction as in the other: four times what 1 pixel in 10 exceeds is five deviations.
    noise = other[ink < INK * ink.max()]
    floor = max(CONTRAST, 4 * float(np.quantile(noise[:: 1 + noise.size // 50_000], 0.9)) if noise.size else 0)
    ink = _without_lines(ink, floor / 2)
    labels, boxes = _pieces(ink > floor)
    surroundings = _surroundings(labels, boxes)
    inside = _is_one_of(labels, (_sides(boxes, ink.shape) == 0) & ~surroundings)
    score = float(ink[inside].sum() + 0.1 * ink[labels > 0].sum())
    if surroundings.any() and not surroundings.all():
        ink = np.where(_near(_is_one_of(labels, surroundings), 2), 0, ink)
    strongest = _strongest(ink, floor)
    return score, np.minimum(ink / strongest, 1), ink > max(INK * strongest, floor)


def _paper(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The darkest and the lightest that the paper is around each pixel, float32 [h, w, 1 | 3] or one pixel of that."""
    import cv2

    border = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]]).astype(np.float32)
    one_colour = np.median(border, axis=0)
    if (np.abs(border - one_colour).max(axis=1) <= EVEN).mean() > 0.9:
        return one_colour[None, None], one_colour[None, None]
    height, width, channels = colours.shape
    factor = min(1, PAPER / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], channels)
    # A median follows the edge of a shadow, and ink, which fills less than half of any neighbourhood, leaves no trace.
    paper = _median(small, 0.5)
    difference = np.abs(small.astype(np.float32) - paper).max(axis=2)
    labels, boxes = _pieces(difference > 0.5 * difference.max())
    # What comes in from one side or two is no ink, but a shadow whose corner the median has cut.
    inked = _is_one_of(labels, ~np.isin(_sides(boxes, labels.shape), (1, 2)))
    paper = _median(np.where(inked[:, :, None], paper, small), 0.1)
    # Where a shadow's edge lies is known to such a small pixel only: there the paper may be as dark, and as light.
    around = np.ones((3, 3), np.uint8)
    shades = cv2.erode(paper, around), cv2.dilate(paper, around)
    darkest, lightest = (cv2.resize(shade, (width, height)).reshape(height, width, channels) for shade in shades)
    return darkest.astype(np.float32), lightest.astype(np.float32)


def _median(colours: np.ndarray, share: float) -> np.ndarray:
    """The median over squares that are so large a share of the picture, uint8 [h, w, 1 | 3]."""
    import cv2

    side = 2 * max(1, int(share * max(colours.shape) / 2)) + 1
    return cv2.medianBlur(colours, side).reshape(colours.shape)


def _strongest(ink: np.ndarray, floor: float) -> float:
    """How dark full ink is: what 1 in 10 of the inked pixels exceed; 1 where nothing is above the floor."""
    inked = ink[ink > floor]
    return float(np.quantile(inked[inked > INK * inked.max()], 0.9)) if inked.size else 1.0


def _without_lines(ink: np.ndarray, floor: float) -> np.ndarray:
    """The ink without the lines of ruled or squared paper, and mended where those crossed it."""
    if max(ink.shape) < 64:
        return ink
    across = _paper_lines(ink, floor)
    down = _paper_lines(ink.T, floor).T
    lines = across | down
    if not lines.any():
        return ink
    import cv2

    thickness = 2 * max(2, round(0.006 * max(ink.shape))) + 1
    cleared = np.where(lines, 0, ink).astype(np.float32)
    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (thickness, thickness))
    mended = cv2.morphologyEx(cleared, cv2.MORPH_CLOSE, around)
    # What is much darker than the line is the pen's.
    pen = np.where(ink > 1.5 * np.quantile(ink[lines & (ink > floor)], 0.75), ink, 0)
    return np.where(lines, np.maximum(mended, pen), ink).astype(np.float32)


def _paper_lines(ink: np.ndarray, floor: float) -> np.ndarray:
    """Where thin lines run from side to side, bool [h, w]. They may be a little tilted and bent."""
    import cv2

    height, width = ink.shape
    drawn = cv2.dilate((ink > floor).astype(np.uint8), np.ones((3, 1), np.uint8))
    thick = cv2.morphologyEx(drawn, cv2.MORPH_OPEN, np.ones((6 + max(ink.shape) // 100, 1), np.uint8))
    drawn -= thick
    runs = cv2.morphologyEx(drawn, cv2.MORPH_OPEN, np.ones((1, max(5, width // 30)), np.uint8))
    joined = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((1, max(5, width // 12)), np.uint8))
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(joined)
    found = np.zeros(ink.shape, dtype=bool)
    long = [label for label in range(1, len(boxes)) if boxes[label, cv2.CC_STAT_WIDTH] > 0.2 * width]
    if len(long) >= 5:
        # Ruled paper, then: what is left of lines that the writing interrupts is shorter.
        found |= runs > 0
    for label in long:
        box = boxes[label]
        span = box[cv2.CC_STAT_WIDTH]
        if span < 0.95 * width and len(long) < 5:
            continue
        top, tall = box[cv2.CC_STAT_TOP], box[cv2.CC_STAT_HEIGHT]
        mine = labels[top : top + tall] == label
        columns = np.flatnonzero(mine.any(axis=0))
        counts = mine[:, columns].sum(axis=0)
        thickness = np.median(counts)
        if thickness - 2 > 0.02 * span:
            continue
        middle = (mine[:, columns] * np.arange(tall)[:, None]).sum(axis=0) / counts
        course = np.polyval(np.polyfit(columns, middle, 2), np.arange(width))
        found[top : top + tall] |= np.abs(np.arange(tall)[:, None] - course) <= thickness / 2 + 1
    return found


def _surroundings(labels: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Which pieces are dust, reach far in from the picture's border, or frame everything: bool [n]."""
    height, width = labels.shape
    left, top, right, bottom = boxes.T
    longer = np.maximum(right - left, bottom - top)
    sides = _sides(boxes, labels.shape)
    found = (sides >= 2) | ((sides == 1) & (longer > 0.5 * max(height, width))) | (longer < DUST * max(height, width))
    for index in np.flatnonzero(~found & (right - left > 0.6 * width) & (bottom - top > 0.6 * height)):
        found[index] = _is_frame(labels[top[index] : bottom[index], left[index] : right[index]] == index + 1)
    return found


def _sides(boxes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """How many of the picture's sides each piece touches, int [n]."""
    return (boxes[:, :2] == 0).sum(axis=1) + (boxes[:, 2:] == shape[::-1]).sum(axis=1)


def _is_one_of(labels: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Where one of the chosen pieces, bool [n], is drawn: bool [h, w]."""
    return np.concatenate([[False], chosen])[labels]


def _is_frame(drawn: np.ndarray) -> bool:
    """Whether a piece, bool [h, w], runs along the sides of its box, corners included, as no digit does."""
    height, width = drawn.shape
    inner = drawn[height // 10 : height - height // 10, width // 10 : width - width // 10]
    return inner.sum() < 0.1 * drawn.sum()


# Pieces of ink


def _pieces(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Connected pieces: their numbers from 1 on, int32 [h, w], and their boxes, int [n, 4]: left, top, right, bottom."""
    import cv2

    _, labels, boxes, _ = cv2.connectedComponentsWithStats(drawn.astype(np.uint8), connectivity=8)
    boxes = boxes[1:, :4].astype(int)
    boxes[:, 2:] += boxes[:, :2]
    return labels, boxes


def _without_specks(boxes: np.ndarray, longer_side: int) -> list[list[int]]:
    """The pieces that count, as groups of rows of `boxes`: one that is large, with the small ones that are close to it."""
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
    near = _near(mine, max(2, round(max(numbers.shape) / BOX))) & (mine | (numbers == 0))
    cut = np.where(near, ink[top:bottom, left:right], 0).astype(np.float32)
    return Part(torch.from_numpy(cut), int(left), int(top))


def _near(drawn: np.ndarray, distance: int) -> np.ndarray:
    """Where it is drawn within so many pixels, bool [h, w]."""
    import cv2

    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * distance + 1, 2 * distance + 1))
    return cv2.dilate(drawn.astype(np.uint8), around).astype(bool)


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


def _cuts(ink: np.ndarray, most: int = 6) -> list[np.ndarray]:
    """Ways from top to bottom that cross little ink, each an int array [height] of columns; the easiest ones first."""
    import cv2

    rows = 40
    factor = rows / ink.shape[0]
    columns = max(4, round(ink.shape[1] * factor))
    cost = cv2.resize(ink, (columns, rows), interpolation=cv2.INTER_AREA) + 0.02
    total, steps = cost[-1], []
    for row in reversed(cost[:-1]):
        beside = np.pad(total, 1, constant_values=np.inf)
        # A slanted step is longer, and a cut that bends into somebody's stroke is no cut.
        choices = np.stack([beside[1:-1], beside[:-2] + 0.1, beside[2:] + 0.1])
        best = choices.argmin(axis=0)
        steps.append(np.array([0, -1, 1])[best])
        total = row + choices.min(axis=0)
    cuts = []
    margin = round(0.15 * rows)
    for start in np.argsort(total, kind="stable"):
        way = [start]
        for step in reversed(steps):
            way.append(way[-1] + step[way[-1]])
        way = np.array(way)
        inside = margin <= way.mean() <= columns - margin
        if inside and all(abs(way - other).mean() > 0.1 * rows for other in cuts):
            cuts.append(way)
        if len(cuts) == most:
            break
    at = np.minimum((np.arange(ink.shape[0]) * factor).astype(int), rows - 1)
    return [((cut[at] + 0.5) / factor).astype(int) for cut in cuts]


def _divided(part: Part, cuts: list[np.ndarray]) -> list[Part]:
    """The part cut along each of the ways, from left to right."""
    columns = np.arange(part.width)
    number = sum((columns >= cut[:, None]).astype(int) for cut in cuts)
    pieces = []
    for index in range(len(cuts) + 1):
        ink = np.where(number == index, part.ink.numpy(), 0)
        rows, inked = (np.flatnonzero((ink > INK).any(axis=axis)) for axis in (1, 0))
        if len(rows):
            cropped = torch.from_numpy(ink[rows[0] : rows[-1] + 1, inked[0] : inked[-1] + 1].copy())
            pieces.append(Part(cropped, part.left + int(inked[0]), part.top + int(rows[0])))
    return pieces


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
    fitted = _resized(_thickened(_resized(ink, SAMPLE)), FINE * BOX)
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


def _thickened(ink: np.ndarray) -> np.ndarray:
    """Lines that would come out thinner than any of MNIST's in the box, thickened to about the width of its pen."""
    import cv2

    pixel = max(ink.shape) / BOX
    width = _line_width(ink)
    missing = int((PEN * pixel - width) / 2)
    if width >= THINNEST * pixel or missing < 1:
        return ink
    padded = np.pad(ink, missing)
    return cv2.dilate(padded, np.ones((2 * missing + 1, 2 * missing + 1), np.uint8))


def _line_width(ink: np.ndarray) -> float:
    """How wide the lines of a drawing are on average, in its pixels: twice its area by its circumference."""
    drawn = np.pad(ink > 0.5, 1)
    steps = (drawn[1:] != drawn[:-1]).sum() + (drawn[:, 1:] != drawn[:, :-1]).sum()
    # Steps along rows and columns are longer than the edge that they follow, by 4 / pi on average.
    return float(2 * drawn.sum() / max(steps * math.pi / 4, 1))
