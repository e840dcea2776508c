import numpy as np
import pytest
import torch

from mnist_core.errors import UserError
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
