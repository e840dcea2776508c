import pytest
import torch
from torch import nn

from mnist_core.augment import augment, draw_variations
from mnist_core.config import RECIPES
from mnist_core.data import normalise
from mnist_core.models import MODELS, build
from mnist_core.normalisation import folded, settle


def normalisations(network):
    return [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]


def unsettled(name):
    """A network whose normalisation is anything but trivial."""
    torch.manual_seed(0)
    network = build(name)
    for layer in normalisations(network):
        layer.running_mean.normal_()
        layer.running_var.uniform_(0.5, 2)
        nn.init.uniform_(layer.weight, -2, 2)
        nn.init.normal_(layer.bias)
    return network


@torch.no_grad()
def answers(network, images):
    return network.eval()(normalise(images))


def test_settled_on_some_digits_it_answers_them_as_if_it_were_learning_from_them(few):
    network = unsettled("model_2")
    with torch.no_grad():
        expected = network.train()(normalise(few.train.images))
    assert not torch.allclose(answers(network, few.train.images), expected, atol=0.1)
    settle(network, few.train.images, torch.float32)
    torch.testing.assert_close(answers(network, few.train.images), expected, atol=0.01, rtol=0.01)


def test_settling_forgets_what_was_settled_on_before_and_changes_nothing_else(few):
    network = unsettled("large").train()
    weights = [parameter.clone() for parameter in network.parameters()]
    varied = augment(few.train.images, draw_variations(RECIPES["large"], len(few.train), torch.Generator()))
    settle(network, few.train.images, torch.float32)
    once = answers(network, few.test.images)
    settle(network.train(), varied.byte(), torch.float32)
    assert not torch.equal(answers(network, few.test.images), once)
    settle(network.train(), few.train.images, torch.float32)
    assert torch.equal(answers(network, few.test.images), once)
    assert all(torch.equal(new, old) for new, old in zip(network.parameters(), weights, strict=True))
    settle(network.train(), few.train.images, torch.float32)
    assert network.training and all(layer.training for layer in normalisations(network))
    assert {layer.momentum for layer in normalisations(network)} == {0.1}


@pytest.mark.parametrize("name", MODELS)
def test_folding_changes_no_answer_and_not_the_network(few, name):
    network = unsettled(name).train()
    before = {key: tensor.clone() for key, tensor in network.state_dict().items()}
    copy = folded(network)
    assert network.training and all(torch.equal(tensor, before[key]) for key, tensor in network.state_dict().items())
    torch.testing.assert_close(answers(copy, few.test.images), answers(network, few.test.images), atol=1e-4, rtol=1e-3)
    if name in ("model_2", "large"):
        assert not normalisations(copy)
