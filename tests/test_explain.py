"""What a network relies on, what its layers see, and which digits it takes for alike."""

import pytest
import torch

from mnist_core.data import Digits
from mnist_core.explain import CHANNELS, PLACES, FeatureCache, feature_maps, last_features, nearest_digits, probe
from mnist_core.models import MODELS, build
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, Run
from mnist_core.sketch import strokes_to_pixels

SEVEN = [[[100, 80], [300, 80], [220, 200], [160, 340]]]


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load(CHECKPOINTS / "tiny")


@pytest.fixture(scope="module")
def seven() -> torch.Tensor:
    return strokes_to_pixels([SEVEN])[0]


def test_a_place_without_ink_says_nothing_and_one_with_ink_may(predictor, seven):
    probed = probe(predictor, seven)
    assert probed.answer == 7
    assert probed.wiped.shape == probed.added.shape == (len(PLACES), len(PLACES), 10)
    torch.testing.assert_close(probed.wiped[0, 0].exp(), probed.probabilities)
    assert probed.importance.shape == (28, 28) and probed.importance[0, 0].abs() < 1e-5
    place = probed.importance.argmax()
    assert probed.importance.max() > 0.001 and seven[0].flatten()[place] > 0


def test_the_probabilities_are_the_predictor_s_own(predictor, seven):
    probed = probe(predictor, seven)
    torch.testing.assert_close(probed.probabilities, predictor.pixels(seven[None])[0], atol=1e-4, rtol=1e-3)
    wiped = seven.clone()
    row, column = 5, 4
    wiped[:, PLACES[row] : PLACES[row] + 6, PLACES[column] : PLACES[column] + 6] = 0
    torch.testing.assert_close(probed.wiped[row, column].exp(), predictor.pixels(wiped[None])[0], atol=1e-4, rtol=1e-3)


def test_the_change_is_the_one_that_brings_the_runner_up_furthest(predictor, mnist):
    for image in mnist.test.images[:10]:
        probed = probe(predictor, image)
        runner_up = probed.probabilities.topk(2).indices[1]
        tried = torch.stack([probed.wiped, probed.added])
        change = probed.change
        changed = tried[("less", "more").index(change.kind), change.row, change.column]
        assert change.digit == runner_up
        assert change.probability == pytest.approx(changed[runner_up].exp().item())
        assert change.flips == (changed.argmax() == runner_up)
        assert change.flips == bool((tried.argmax(dim=-1) == runner_up).any())


@pytest.mark.parametrize("name", MODELS)
def test_every_network_shows_its_layers_and_is_left_as_it_was(name, seven):
    network = build(name).eval()
    layers = feature_maps(network, seven)
    assert len(layers) >= 2
    for tiles, channels in layers:
        assert tiles.dtype == torch.uint8 and len(tiles) == min(CHANNELS, channels)
        assert tiles.shape[1] == tiles.shape[2] <= 28
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in network.modules())


def test_a_layer_used_five_times_is_shown_five_times(seven):
    assert len(feature_maps(build("tiny").eval(), seven)) == 1 + 5


def test_a_network_without_relu_shows_its_convolutions(seven):
    network = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.Flatten(), torch.nn.Linear(3 * 26 * 26, 10))
    (layer,) = feature_maps(network, seven)
    assert layer.tiles.shape == (3, 26, 26) and layer.channels == 3


@pytest.mark.parametrize("name", MODELS)
def test_every_network_finds_a_digit_among_others_and_the_nearest_first(name, few):
    network = build(name).eval()
    nearest = nearest_digits(network, few.train.images[17], few.train, count=5)
    assert nearest.indices[0] == 17 and nearest.similarities[0] > 0.99
    assert nearest.similarities.tolist() == sorted(nearest.similarities.tolist(), reverse=True)
    assert torch.equal(nearest.labels, few.train.labels[nearest.indices])


def test_there_are_no_more_neighbours_than_digits(few):
    three = Digits(few.train.images[:3], few.train.labels[:3])
    assert len(nearest_digits(build("tiny").eval(), few.train.images[5], three).labels) == 3


def test_the_neighbours_of_a_digit_mostly_show_the_same_one(predictor, few):
    features = last_features(predictor.network, few.train.images)
    right = [
        (nearest_digits(predictor.network, image, few.train, features=features).labels == label).float().mean()
        for image, label in zip(few.test.images[:40], few.test.labels[:40], strict=True)
    ]
    assert torch.stack(right).mean() > 0.7


def test_the_features_are_computed_once_and_few_are_kept(few):
    cache = FeatureCache()
    run = Run(CHECKPOINTS / "tiny")
    features = cache.get(run, run.network(), few.test)
    assert cache.get(run, run.network(), few.test) is features
    for name in ("fast", "model_1", "model_2", "model_3"):
        run = Run(CHECKPOINTS / name)
        cache.get(run, run.network(), few.test)
    assert len(cache._known) == cache.MOST
