"""Tells ink from paper: in photos, scans and drawings, dark on light or light on dark.

What the paper looks like behind the ink is a median over its surroundings, so that it need be neither plain nor evenly
lit; ink is what differs from that. Lines that cross the sheet are the paper's own, thin specks are dust, and what
surrounds everything is a frame.

OpenCV is imported when the first picture is read: until then it would only take up memory.
"""

import numpy as np

from mnist_core.errors import UserError

WORKING = 1000  # pixels of the longer side: larger pictures are scaled down to it
CONTRAST = 0.1  # of full black on white: less of it is an empty sheet
INK = 0.3  # of the strongest ink: less of it is paper
EVEN = 0.04  # of the paper's brightness: a border that differs less from its median belongs to a sheet of one colour
DIM = 64  # of 255: paper darker than this is taken to be so bright, since noise does not fade with it
SAME, PLAIN = 1, 0.6  # a sheet is of one colour, too, where so much of it differs by so little: no camera took it
ALONG = 0.5  # of a piece's length on the picture's border: it is no ink but what surrounds the sheet
PAPER = 160  # pixels of the longer side of a picture while its paper is estimated
DUST = 0.012  # of a picture's longer side, and


def find_ink(image: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """The ink of a picture, float32 [h, w] from 0 to 1 for full ink, and where it is drawn, bool [h, w].

    image: uint8 [H, W] or [H, W, 1 | 3 | 4]; h and w are those, or smaller with WORKING as the longer. None for an
    empty sheet. UserError if the image is something else.
    """
    colours = _shrunk(_opaque(image))
    darkest, lightest = _paper(colours)
    darker = _gray(np.maximum(darkest - colours, 0))
    lighter = _gray(np.maximum(colours - lightest, 0))
    # Ink in the shade is as much darker than the paper there, in proportion, as elsewhere.
    most = np.maximum(_gray(darkest), 32), np.maximum(255 - _gray(lightest), 32)
    ways = (darker / most[0], lighter / most[0]), (lighter / most[1], darker / most[1])
    plain = darkest.shape[:2] == (1, 1)
    found = [_drawn(ink, other, plain) for ink, other in ways if ink.max() > CONTRAST]
    score, ink, drawn = max(found, key=lambda one: one[0], default=(0, None, None))
    return (ink, drawn) if score else None


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


def _drawn(ink: np.ndarray, other: np.ndarray, plain: bool) -> tuple[float, np.ndarray, np.ndarray]:
    """Of what is darker, or lighter, than the paper: how much is drawn, the ink, and where it is.

    other: what differs from the paper the other way. plain: whether the paper is of one colour.
    """
    # Paper is as noisy in the one direction as in the other: four times what 1 pixel in 10 exceeds is five deviations.
    noise = other[ink < INK * ink.max()]
    floor = max(CONTRAST, 4 * float(np.quantile(noise[:: 1 + noise.size // 50_000], 0.9)) if noise.size else 0)
    ink = _without_lines(ink, floor / 2)
    labels, boxes = pieces(ink > floor)
    surroundings = _surroundings(labels, boxes, plain)
    if surroundings.all():
        # A digit cut out that closely is large; the corner of a shadow or a line at the very edge is not.
        surroundings = ~_is_large(boxes, ink.shape)
    if surroundings.any():
        ink = np.where(near(_is_one_of(labels, surroundings), 2), 0, ink)
    inside = _is_one_of(labels, (_sides(boxes, ink.shape) == 0) & ~surroundings)
    score = float(ink[inside].sum() + 0.1 * ink[ink > floor].sum())
    strongest = _strongest(ink, floor)
    return score, np.minimum(ink / strongest, 1), ink > max(INK * strongest, floor)


def _gray(colours: np.ndarray) -> np.ndarray:
    """The mean of the channels, [h, w]; many times as fast as `mean(axis=2)`."""
    channels = np.moveaxis(colours, 2, 0)
    return sum(channels[1:], start=channels[0]) / len(channels)


def _paper(colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The darkest and the lightest that the paper is around each pixel, float32 [h, w, 1 | 3] or one pixel of that."""
    import cv2

    border = np.concatenate([colours[0], colours[-1], colours[:, 0], colours[:, -1]]).astype(np.float32)
    one_colour = np.median(border, axis=0)
    plain = np.abs(border - one_colour).max(axis=1) <= EVEN * max(DIM, one_colour.max())
    if plain.mean() > 0.9 or (np.abs(colours - one_colour).max(axis=2) <= SAME).mean() > PLAIN:
        return one_colour[None, None], one_colour[None, None]
    height, width, channels = colours.shape
    factor = min(1, PAPER / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(colours, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], channels)
    # A median follows the edge of a shadow, and ink, which fills less than half of any neighbourhood, leaves no trace.
    paper = _median(small, 0.5)
    difference = np.abs(small.astype(np.float32) - paper).max(axis=2)
    labels, boxes = pieces(difference > 0.5 * difference.max())
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

    width = ink.shape[1]
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


def _surroundings(labels: np.ndarray, boxes: np.ndarray, plain: bool) -> np.ndarray:
    """Which pieces are dust, reach in from the picture's border, or frame everything: bool [n]. plain: the paper is."""
    height, width = labels.shape
    longest = max(height, width)
    left, top, right, bottom = boxes.T
    wide, tall = right - left, bottom - top
    longer = np.maximum(wide, tall)
    # A digit may touch the border, or be cut by it, but does not lie along it.
    flat = (((left == 0) | (right == width)) & (wide < 0.03 * longest)) | (
        ((top == 0) | (bottom == height)) & (tall < 0.03 * longest)
    )
    if plain:
        border = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
        reaching_in = np.bincount(border, minlength=len(boxes) + 1)[1:] > ALONG * longer
    else:  # shadows reach in like strokes
        sides = _sides(boxes, labels.shape)
        reaching_in = (sides >= 2) | ((sides == 1) & (longer > 0.5 * longest))
    found = flat | reaching_in | (longer < DUST * longest)
    for index in np.flatnonzero(~found & (wide > 0.6 * width) & (tall > 0.6 * height)):
        found[index] = _is_frame(labels[top[index] : bottom[index], left[index] : right[index]] == index + 1)
    return found


def _is_large(boxes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Which pieces are half as long as the picture, and no thin line: bool [n]."""
    sides = np.sort(boxes[:, 2:] - boxes[:, :2], axis=1)
    return (sides[:, 1] > 0.5 * max(shape)) & (sides[:, 0] > 0.04 * max(shape))


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


def pieces(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Connected pieces: their numbers from 1 on, int32 [h, w], and boxes, int [n, 4]: left, top, right, bottom."""
    import cv2

    _, labels, boxes, _ = cv2.connectedComponentsWithStats(drawn.astype(np.uint8), connectivity=8)
    boxes = boxes[1:, :4].astype(int)
    boxes[:, 2:] += boxes[:, :2]
    return labels, boxes


def near(drawn: np.ndarray, distance: int) -> np.ndarray:
    """Where it is drawn within so many pixels, bool [h, w]."""
    import cv2

    around = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * distance + 1, 2 * distance + 1))
    return cv2.dilate(drawn.astype(np.uint8), around).astype(bool)
