import re

import pytest
import torch
from conftest import PROJECT

from mnist_core.errors import UserError
from mnist_core.layers import layer_table
from mnist_core.models import MODELS, build, describe

PUBLISHED = (PROJECT / "tests" / "published" / "model_1-layers.txt").read_text(encoding="utf-8").rstrip("\n")


def test_the_layer_table_of_model_1_is_the_published_one_row_by_row():
    printed = str(layer_table(build("model_1"))).splitlines()
    for ours, published in zip(printed, PUBLISHED.splitlines(), strict=True):
        assert ours.rstrip() == published.rstrip()


def test_model_1_has_17_layers_and_10_984_parameters_of_which_2_510_are_linear():
    table = layer_table(build("model_1"))
    assert len(table.layers) == 17 and table.parameters == table.trainable == 10_984
    assert table.layers[-1].parameters == 2_510
    assert all(layer.bias is None for layer in build("model_1").features if isinstance(layer, torch.nn.Conv2d))


@pytest.mark.parametrize("name, most", {"model_2": 8_000, "model_3": 8_000, "tiny": 1_000, "large": 500_000}.items())
def test_the_small_networks_are_as_small_as_they_claim(name, most):
    assert layer_table(build(name)).parameters < most


@pytest.mark.parametrize("name", MODELS)
def test_the_layer_table_counts_every_parameter_once(name):
    network = build(name)
    table = layer_table(network)
    assert sum(layer.parameters for layer in table.layers) == table.parameters
    assert table.parameters == sum(parameter.numel() for parameter in network.parameters())
    assert table.layers[-1].output_shape == (10,) and table.layers[-1].receptive_field == 28
    assert f"{table.layers[3].receptive_field}\n" in table.text(receptive_fields=True)


def reach(layers: torch.nn.Sequential) -> int:
    """How wide a stretch of pixels moves the middle output of these layers, found by asking the gradient."""
    pictures = torch.rand(64, 1, 28, 28, requires_grad=True)
    output = layers.eval()(pictures)
    middle = output.shape[-1] // 2
    output[:, :, middle, middle].sum().backward()
    touched = (pictures.grad.abs().sum(dim=(0, 1)) > 0).any(dim=0).nonzero()
    return int(touched.max() - touched.min()) + 1


def test_a_receptive_field_is_what_an_output_depends_on():
    features = build("model_1").features
    fields = [layer.receptive_field for layer in layer_table(build("model_1")).layers]
    for depth in range(1, 11):
        assert reach(features[:depth]) == fields[depth - 1]


@pytest.mark.parametrize("name", MODELS)
def test_every_network_gives_ten_log_probabilities_a_picture_whatever_the_batch(name):
    model = build(name).eval()
    pictures = torch.randn(5, 1, 28, 28)
    with torch.inference_mode():
        output = model(pictures)
        one_by_one = torch.cat([model(picture[None]) for picture in pictures])
    assert output.shape == (5, 10)
    torch.testing.assert_close(output.exp().sum(dim=1), torch.ones(5))
    torch.testing.assert_close(output, one_by_one, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", MODELS)
def test_every_network_describes_itself_in_one_sentence(name):
    assert re.fullmatch(r"[A-Z0-9].{20,150}\.", describe(name))


def test_an_unknown_network_is_named_with_those_there_are():
    with pytest.raises(UserError, match="no network 'model_0'.*model_1"):
        build("model_0")
