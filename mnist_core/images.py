"""Image files -> arrays."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from mnist_core.errors import UserError


def open_image(path: Path | str) -> np.ndarray:
    """An image file as uint8 [H, W, 4], turned the way it was taken. UserError if it is none, or damaged."""
    try:
        with Image.open(path) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    except FileNotFoundError:
        raise UserError(f"There is no file {path}.") from None
    except UnidentifiedImageError:
        raise UserError(f"{path} is no image that can be read here; save it as PNG or JPEG.") from None
    except Image.DecompressionBombError:
        raise UserError(f"{path} is too large an image; scale it down to below 100 megapixels.") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from None
