"""The networks, by name, and the table of their layers."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.errors import UserError


class Model1(nn.Module):
    """A small plain network with a linear layer at the end: the published experiment.

    Convolutions without bias, in the pattern "two 3x3, pool, 1x1 to thin out" twice over; the 1x1 convolutions have no
    ReLU behind them, as published. Input [N, 1, 28, 28], normalised; output [N, 10], log-probabilities.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 10, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(10, 16, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 10, 1, bias=False),
            nn.Conv2d(10, 16, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(16, 16, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(16, 10, 1, bias=False),
            nn.Conv2d(10, 16, 3, padding=1, bias=False),
            nn.ReLU(),
            nn.Conv2d(16, 10, 3, bias=False),
            nn.ReLU(),
        )
        self.classifier = nn.Linear(10 * 5 * 5, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of the ten digits."""
        logits = self.classifier(self.features(images).flatten(1))
        return F.log_softmax(logits.float(), dim=1)


MODELS: dict[str, type[nn.Module]] = {"model_1": Model1}


def build(name: str) -> nn.Module:
    """A fresh network: input [N, 1, 28, 28] normalised, output log-probabilities [N, 10]. UserError if unknown."""
    if name not in MODELS:
        raise UserError(f"There is no network '{name}'; choose one of: {', '.join(MODELS)}.")
    return MODELS[name]()


def describe(name: str) -> str:
    """One sentence on what the network is: the first line of its docstring."""
    return MODELS[name].__doc__.partition("\n")[0]


class Layer(NamedTuple):
    """One row of a layer table."""

    name: str  # such as "Conv2d-1"
    output_shape: tuple[int, ...]  # without the batch
    parameters: int


class LayerTable(NamedTuple):
    """A network's layers in the order in which an image passes them, with totals; sizes are for one 28x28 image."""

    layers: list[Layer]
    parameters: int
    trainable: int
    input_mb: float
    activations_mb: float  # all layers' outputs and their gradients
    parameters_mb: float

    @property
    def total_mb(self) -> float:
        """Input, activations and parameters together, in megabytes of 2^20 bytes."""
        return self.input_mb + self.activations_mb + self.parameters_mb

    def __str__(self) -> str:
        rule, double = "-" * 64, "=" * 64
        rows = [f"{layer.name:>20} {_shape(layer):>26} {layer.parameters:>15,}" for layer in self.layers]
        head = f"{'Layer (type)':>20} {'Output Shape':>26} {'Param #':>15}"
        totals = [
            f"Total params: {self.parameters:,}",
            f"Trainable params: {self.trainable:,}",
            f"Non-trainable params: {self.parameters - self.trainable:,}",
        ]
        sizes = [
            f"Input size (MB): {self.input_mb:.2f}",
            f"Forward/backward pass size (MB): {self.activations_mb:.2f}",
            f"Params size (MB): {self.parameters_mb:.2f}",
            f"Estimated Total Size (MB): {self.total_mb:.2f}",
        ]
        return "\n".join([rule, head, double, *rows, double, *totals, rule, *sizes, rule])


def _shape(layer: Layer) -> str:
    return str([-1, *layer.output_shape])


def layer_table(model: nn.Module) -> LayerTable:
    """Every layer's output shape and parameter count, as torchinfo counts them, in the columns of the publication."""
    import torchinfo  # only here: drawing and training do without it

    info = torchinfo.summary(model, input_size=(1, 1, 28, 28), device="cpu", mode="eval", verbose=0)
    leaves = [layer for layer in info.summary_list if layer.is_leaf_layer]
    layers = [
        Layer(f"{layer.class_name}-{i}", tuple(layer.output_size[1:]), max(layer.num_params, 0))
        for i, layer in enumerate(leaves, start=1)
    ]
    outputs = sum(torch.Size(layer.output_shape).numel() for layer in layers)
    float_mb = 4 / 2**20
    return LayerTable(
        layers=layers,
        parameters=info.total_params,
        trainable=info.trainable_params,
        input_mb=28 * 28 * float_mb,
        activations_mb=2 * outputs * float_mb,
        parameters_mb=info.total_params * float_mb,
    )
