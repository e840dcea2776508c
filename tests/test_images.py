import io

import numpy as np
import pytest
from PIL import Image

from mnist_core.errors import UserError
from mnist_core.images import LARGEST, decode_image, open_image
from mnist_core.picture import image_to_pixels
from mnist_core.predict import Predictor


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


@pytest.fixture(scope="module")
def seven(mnist) -> np.ndarray:
    return np.kron(255 - mnist.test.images[0, 0].numpy(), np.ones((8, 8), dtype=np.uint8))


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def see_through(seven) -> Image.Image:
    """Ink without any paper, as a palette with a transparent colour."""
    palette = Image.fromarray((seven > 128).astype(np.uint8), "P")
    palette.putpalette([0, 0, 0, 0, 0, 0])
    return palette


@pytest.mark.parametrize(
    "kind, mode",
    [
        ("PNG", "RGB"), ("PNG", "LA"), ("PNG", "1"), ("PNG", "P"), ("JPEG", "L"), ("JPEG", "CMYK"), ("GIF", "P"),
        ("WEBP", "RGBA"), ("BMP", "RGB"), ("TIFF", "CMYK"), ("TIFF", "LAB"), ("AVIF", "RGB"), ("JPEG2000", "L"),
    ],
)  # fmt: skip
def test_picture_files_are_read_whatever_their_kind(predictor, seven, kind, mode):
    picture = Image.fromarray(seven)
    picture = Image.merge("LAB", [picture, *[Image.new("L", picture.size, 128)] * 2]) if mode == "LAB" else picture
    data = encoded(picture.convert(mode), kind)
    assert predictor.images([decode_image(data)]).argmax() == 7


def test_a_palette_s_transparent_colour_is_paper(predictor, seven):
    for kind in ("PNG", "GIF"):
        assert predictor.images([decode_image(encoded(see_through(seven), kind, transparency=1))]).argmax() == 7


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
@pytest.mark.parametrize("depth", [255, 4095, 65535])
def test_sixteen_bits_are_scaled_and_not_clipped(seven, kind, depth):
    deep = Image.fromarray((seven.astype(np.float64) * depth / 255).round().astype(np.uint16))
    assert np.abs(decode_image(encoded(deep, kind))[:, :, 0].astype(int) - seven).max() <= 1


def test_numbers_from_0_to_1_are_scaled(seven):
    deep = Image.fromarray(seven.astype(np.float32) / 255)
    assert np.abs(decode_image(encoded(deep, "TIFF"))[:, :, 0].astype(int) - seven).max() <= 1


def test_of_an_animation_the_first_frame_with_something_on_it_is_read(predictor, seven):
    empty, digit = Image.new("RGB", seven.shape[::-1], "white"), Image.fromarray(seven).convert("RGB")
    for kind in ("GIF", "WEBP", "PNG", "TIFF"):
        data = encoded(empty, kind, save_all=True, append_images=[empty.copy(), digit, empty])
        assert predictor.images([decode_image(data)]).argmax() == 7
    assert image_to_pixels(decode_image(encoded(empty, "GIF", save_all=True, append_images=[empty]))).max() == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_photo_is_turned_the_way_it_was_taken(mnist, tmp_path, kind):
    digit = np.kron(mnist.test.images[0, 0].numpy(), np.ones((4, 2), dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to look at it
    path = tmp_path / "turned"
    path.write_bytes(encoded(Image.fromarray(digit).rotate(90, expand=True).convert("RGB"), kind, exif=exif))
    turned = open_image(path)[:, :, 0]
    assert turned.shape == digit.shape and np.abs(turned.astype(int) - digit).mean() < 8


def test_a_huge_picture_is_scaled_down_and_one_beyond_that_refused(predictor, seven):
    huge = Image.fromarray(seven).resize((9000, 9000))
    read = decode_image(encoded(huge, "JPEG", quality=50))
    assert max(read.shape) <= LARGEST and predictor.images([read]).argmax() == 7
    with pytest.raises(UserError, match="too large an image; scale it down to below 40 megapixels"):
        decode_image(encoded(Image.new("1", (9000, 9000)), "PNG"))
    wide = decode_image(encoded(Image.new("L", (30_000, 3)), "PNG"))
    assert wide.shape[1] == LARGEST


def test_a_single_pixel_is_an_empty_sheet():
    read = decode_image(encoded(Image.new("L", (1, 1), 7), "PNG"))
    assert read.shape == (1, 1, 4) and image_to_pixels(read).max() == 0


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"", "is empty"),
        (b"not a picture", "no image that can be read here; save it as PNG or JPEG"),
        (b"%PDF-1.7 ...", "is PDF, no image that can be read here; save it as PNG or JPEG"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "is SVG"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "is HEIC"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no image that can be read"),
    ],
)
def test_a_file_that_is_no_picture_is_told_in_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "picture.png"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"picture.png.*{sentence}"):
        open_image(path)
    with pytest.raises(UserError, match=f"^The picture.*{sentence}"):
        decode_image(content)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "TIFF"])
def test_a_file_that_is_cut_short_is_told_or_read_but_never_breaks(seven, kind):
    data = encoded(Image.fromarray(seven).convert("RGB"), kind)
    for share in (0.02, 0.3, 0.6, 0.95):
        try:
            read = decode_image(data[: int(share * len(data))])
        except UserError as error:
            assert str(error).startswith("The picture is ")
        else:
            assert read.shape == (*seven.shape, 4)


def test_a_path_that_is_no_file_is_told(tmp_path):
    with pytest.raises(UserError, match="no file"):
        open_image(tmp_path / "missing.png")
    with pytest.raises(UserError, match="cannot be read"):
        open_image(tmp_path)
