import numpy as np
import pytest
import torch
from PIL import Image

from mnist_core.errors import UserError
from mnist_core.images import open_image
from mnist_core.predict import Predictor, PredictorCache
from mnist_core.runs import CHECKPOINTS, Run
from mnist_core.state import TrainingState


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load()


def test_it_reads_mnist_s_own_digits_as_pixels_and_as_pictures(predictor, mnist):
    images, labels = mnist.test.images[:1000], mnist.test.labels[:1000]
    assert (predictor.pixels(images).argmax(dim=1) == labels).float().mean() > 0.975
    assert (predictor.images(list(images[:, 0].numpy())).argmax(dim=1) == labels).float().mean() > 0.965


def test_probabilities_are_probabilities_whatever_the_batch(predictor):
    drawings = [[[[50, 20], [50, 300]]], [[[0, 0], [100, 0], [30, 200]]], [[[3, 3]]]]
    together = predictor.strokes(drawings)
    assert together.shape == (3, 10) and together.dtype == torch.float32
    torch.testing.assert_close(together.sum(dim=1), torch.ones(3))
    torch.testing.assert_close(together, torch.cat([predictor.strokes([d]) for d in drawings]), atol=1e-5, rtol=1e-3)
    assert together[0].argmax() == 1


def test_where_nothing_is_drawn_every_digit_is_equally_likely(predictor):
    even = torch.full((1, 10), 0.1)
    torch.testing.assert_close(predictor.strokes([[]]), even)
    torch.testing.assert_close(predictor.images([np.full((50, 50), 255, np.uint8)]), even)


def test_no_drawings_are_no_predictions(predictor):
    assert predictor.strokes([]).shape == predictor.images([]).shape == (0, 10)


def test_the_cache_loads_a_run_again_when_it_has_learnt_more(tmp_path):
    run = Run.create(tmp_path / "run", Run(CHECKPOINTS / "model_1").recipe)
    cache = PredictorCache()
    with pytest.raises(UserError, match="has learnt nothing yet"):
        cache.get(run)
    run.save(TrainingState(run.recipe))
    first = cache.get(run)
    assert cache.get(run) is first
    run.save(TrainingState(run.recipe.changed(seed=5)))
    assert cache.get(run) is not first


def test_a_folder_without_a_trained_network_is_named(tmp_path):
    with pytest.raises(UserError, match="is no run"):
        Predictor.load(tmp_path)


@pytest.mark.parametrize("suffix, mode", [("png", "RGB"), ("png", "LA"), ("jpg", "L"), ("gif", "P"), ("webp", "RGBA")])
def test_picture_files_are_read_whatever_their_kind(predictor, mnist, tmp_path, suffix, mode):
    digit = 255 - mnist.test.images[0, 0].numpy()
    path = tmp_path / f"seven.{suffix}"
    Image.fromarray(np.kron(digit, np.ones((8, 8), dtype=np.uint8))).convert(mode).save(path)
    assert predictor.images([open_image(path)]).argmax() == 7


def test_a_photo_is_turned_the_way_it_was_taken(mnist, tmp_path):
    digit = Image.fromarray(mnist.test.images[0, 0].numpy())
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to look at it
    digit.rotate(90, expand=True).save(tmp_path / "turned.png", exif=exif)
    turned = open_image(tmp_path / "turned.png")[:, :, 0]
    assert np.array_equal(turned, mnist.test.images[0, 0].numpy())


def test_a_file_that_is_no_picture_is_told_in_one_sentence(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("not a picture")
    with pytest.raises(UserError, match="no image that can be read"):
        open_image(path)
    with pytest.raises(UserError, match="no file"):
        open_image(tmp_path / "missing.png")
