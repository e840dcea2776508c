"""Image files, and the same as bytes -> arrays."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from mnist_core.errors import UserError

FORMATS = ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "PPM", "ICO", "JPEG2000"]
LARGEST = 2000  # pixels of the longer side: larger images are scaled down to it
MOST_PIXELS = 40_000_000  # to be decoded, which takes 160 MB
MOST_FRAMES = 50  # of an animation are looked at
FAINT = 25  # of 255: a frame whose pixels differ less has nothing on it

# What starts a file of a kind that is met often and cannot be read here.
OTHERS = {"PDF": b"%PDF", "SVG": b"<svg", "HEIC": b"ftyphei", "HEIF": b"ftypmif1", "HEVC": b"ftyphev"}


def open_image(path: Path | str) -> np.ndarray:
    """An image file as uint8 [H, W, 4], turned the way it was taken, of an animation the first frame with something
    on it; LARGEST pixels a side at most. UserError if it is none, damaged or too large.
    """
    try:
        with Path(path).open("rb") as file:
            return _read(file, str(path))
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from None


def decode_image(data: bytes) -> np.ndarray:
    """The content of an image file, pasted or dropped say, as `open_image` gives it."""
    return _read(io.BytesIO(data), "The picture")


def _read(file, name: str) -> np.ndarray:
    start = file.read(1024)
    file.seek(0)
    if not start:
        raise UserError(f"{name} is empty: save it again, as PNG or JPEG.")
    for kind, mark in OTHERS.items():
        if mark in start:
            raise UserError(f"{name} is {kind}, no image that can be read here; save it as PNG or JPEG.")
    try:
        with Image.open(file, formats=FORMATS) as image:
            # A JPEG can be decoded at a half, a quarter or an eighth of its size.
            image.draft(None, (LARGEST, LARGEST))
            if image.width * image.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            return np.asarray(ImageOps.exif_transpose(_first_drawn(image)))
    except UnidentifiedImageError:
        raise UserError(f"{name} is no image that can be read here; save it as PNG or JPEG.") from None
    except Image.DecompressionBombError:
        raise UserError(
            f"{name} is too large an image; scale it down to below {MOST_PIXELS // 1_000_000} megapixels."
        ) from None
    except Exception as error:
        # A damaged file may set off anything in the code that decodes it.
        raise UserError(f"{name} is damaged or cut short ({error}): save or send it again.") from None


def _first_drawn(image: Image.Image) -> Image.Image:
    """The first frame with something on it, in RGBA and within LARGEST pixels; the first one where all are empty."""
    first = None
    for index, frame in enumerate(ImageSequence.Iterator(image)):
        exif = image.getexif()
        prepared = _small_rgba(frame)
        prepared.info["exif"] = exif.tobytes() if exif else b""
        if image.format == "MPO" or _is_drawn(prepared):
            return prepared
        first = first or prepared
        if index + 1 == MOST_FRAMES:
            break
    return first


def _small_rgba(image: Image.Image) -> Image.Image:
    """The image in RGBA, LARGEST pixels a side at most."""
    if image.mode.startswith(("I", "F")):
        image = Image.fromarray(_eight_bits(np.asarray(image)))
    elif image.mode not in ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "La", "RGBX"):
        image = image.convert("RGB")
    rgba = image.convert("RGBA")
    rgba.thumbnail((LARGEST, LARGEST), Image.Resampling.BOX)
    return rgba


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Numbers of more than 8 bits as uint8, by the depth that they use: 1.0, 8, 12 or 16 bits, or their largest."""
    values = np.nan_to_num(values.astype(np.float32)).clip(0)
    largest = float(values.max())
    depths = ([1.0] if (values % 1).any() else []) + [255, 4095, 65535]
    full = next((depth for depth in depths if largest <= depth), largest)
    return (255 * values / full).round().astype(np.uint8)


def _is_drawn(rgba: Image.Image) -> bool:
    """Whether anything can be told from anything else, on white or on black."""
    for paper in ("white", "black"):
        sheet = Image.alpha_composite(Image.new("RGBA", rgba.size, paper), rgba)
        if any(high - low > FAINT for low, high in sheet.getextrema()[:3]):
            return True
    return False
