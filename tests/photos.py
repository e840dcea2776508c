"""Pictures as people take them, made of MNIST's digits: paper, light, pen and camera are drawn at random by a seed."""

import io

import cv2
import numpy as np
from PIL import Image

WHITE, BOARD = (246, 244, 238), (38, 62, 48)
BLACK, BLUE, RED, CHALK = (30, 30, 34), (32, 48, 150), (196, 36, 40), (226, 228, 220)
LINES = (150, 178, 214)


def photo(digits, seed=0, size=(600, 450), scale=12, pen=BLACK, paper=WHITE, **sheet) -> np.ndarray:
    """uint8 [H, W, 3]: digits uint8 [28, 28] in a row, each `scale` times as large, somewhere on a sheet.

    sheet: `ruled` or `squared`, the lines' distance; `gradient` and `shadow`, how much darker it gets; `noise`, a
    deviation of 255; `jpeg`, a quality; `blur` in pixels.
    """
    random = np.random.default_rng(seed)
    width, height = size
    ink = np.zeros((height, width), np.float32)
    row = np.concatenate([enlarged(digit, scale) for digit in digits], axis=1)
    left, top = (int(random.integers(0, room + 1)) for room in (width - row.shape[1], height - row.shape[0]))
    ink[top : top + row.shape[0], left : left + row.shape[1]] = row
    colours = on_paper(ink, random, pen, paper, sheet.get("ruled"), sheet.get("squared"))
    return seen(colours, random, **{k: v for k, v in sheet.items() if k not in ("ruled", "squared")})


def enlarged(digit: np.ndarray, scale: float) -> np.ndarray:
    """A digit as a pen would draw it that large: smooth lines with sharp edges, float32 0 to 1."""
    side = round(28 * scale)
    smooth = cv2.resize(digit.astype(np.float32) / 255, (side, side), interpolation=cv2.INTER_CUBIC)
    return ((smooth - 0.5) * max(1, scale / 2) + 0.5).clip(0, 1)


def on_paper(ink, random, pen, paper, ruled=None, squared=None) -> np.ndarray:
    """The ink on a sheet, float32 [H, W, 3], with lines of the paper under it."""
    height, width = ink.shape
    sheet = np.full((height, width, 3), paper, np.float32)
    distance, thick = ruled or squared, max(1, round(max(ink.shape) / 400))
    if distance:
        tilt = random.uniform(-0.02, 0.02)
        for y in range(int(random.integers(distance)), height + distance, distance):
            cv2.line(sheet, (0, y), (width, round(y + tilt * width)), LINES, thick, cv2.LINE_AA)
        for x in range(int(random.integers(distance)), width + distance, distance) if squared else ():
            cv2.line(sheet, (x, 0), (round(x - tilt * height), height), LINES, thick, cv2.LINE_AA)
    return sheet * (1 - ink[:, :, None]) + np.array(pen, np.float32) * ink[:, :, None]


def seen(colours, random, gradient=0.0, shadow=0.0, noise=2.0, jpeg=85, blur=0.7) -> np.ndarray:
    """What a camera makes of it, uint8 [H, W, 3]: uneven light, a shadow's edge, blur, noise, JPEG."""
    height, width, _ = colours.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    along = np.cos(angle) * (x / width - 0.5) + np.sin(angle) * (y / height - 0.5)
    light = 1 - gradient * (along + 0.7) / 1.4
    edge = np.cos(angle + 1) * (x / width - 0.5) + np.sin(angle + 1) * (y / height - 0.5)
    light = light * (1 - shadow / (1 + np.exp(-(edge - random.uniform(-0.2, 0.2)) * 150)))
    lit = cv2.GaussianBlur(colours * light[:, :, None], (0, 0), max(blur, 0.1))
    lit = lit + random.normal(0, noise, lit.shape)
    buffer = io.BytesIO()
    Image.fromarray(lit.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG", quality=jpeg)
    return np.asarray(Image.open(buffer))


# Ways to take a picture, by name: what `photo` is given.
KINDS = {
    "scan": {},
    "uneven light": {"gradient": 0.6},
    "shadow": {"shadow": 0.4, "gradient": 0.2},
    "ruled": {"ruled": 50, "gradient": 0.2},
    "squared": {"squared": 30, "gradient": 0.2},
    "squared, in blue": {"squared": 30, "pen": BLUE, "shadow": 0.3},
    "in red": {"pen": RED, "gradient": 0.3},
    "in yellow": {"pen": (250, 220, 40)},
    "in pencil": {"pen": (150, 150, 152), "gradient": 0.3},
    "chalk": {"paper": BOARD, "pen": CHALK, "noise": 8, "gradient": 0.4},
    "red on green": {"paper": (60, 140, 70), "pen": (200, 50, 50)},
    "at dusk": {"paper": (88, 86, 78), "pen": (64, 63, 57), "noise": 3, "gradient": 0.2},
    "noisy": {"noise": 14, "jpeg": 30, "gradient": 0.3},
    "small in a large picture": {"size": (2000, 1500), "scale": 3, "noise": 5, "gradient": 0.3, "shadow": 0.3},
    "small on ruled paper": {"size": (2000, 1500), "scale": 4, "ruled": 110, "gradient": 0.3},
    "fills the picture": {"size": (340, 340), "scale": 12, "gradient": 0.3},
}
