"""The table of a network's layers: shapes, parameters, receptive fields, sizes."""

from typing import NamedTuple

import torch
from torch import nn

from mnist_core.models import GlobalAveragePool

PICTURE_SIDE = 28


class Layer(NamedTuple):
    """One row of a layer table."""

    name: str  # such as "Conv2d-1"
    output_shape: tuple[int, ...]  # without the batch
    parameters: int
    receptive_field: int  # how many pixels wide a stretch of the picture each of its outputs depends on


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
        """The table in the columns of the publication."""
        return self.text()

    def text(self, receptive_fields: bool = False) -> str:
        """The table, with a column more if asked for."""
        width = 64 + 11 * receptive_fields
        rule, double = "-" * width, "=" * width
        rows = [
            f"{layer.name:>20} {_shape(layer):>26} {layer.parameters:>15,}"
            + f" {layer.receptive_field:>10}" * receptive_fields
            for layer in self.layers
        ]
        head = f"{'Layer (type)':>20} {'Output Shape':>26} {'Param #':>15}" + f" {'Sees':>10}" * receptive_fields
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
    fields = _receptive_fields([(layer.module, layer.input_size) for layer in leaves])
    layers = [
        Layer(f"{layer.class_name}-{i}", tuple(layer.output_size[1:]), _parameters(layer), field)
        for i, (layer, field) in enumerate(zip(leaves, fields, strict=True), start=1)
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


def _parameters(layer) -> int:
    """A layer's parameters; none where it is used again."""
    return 0 if layer.is_recursive else max(layer.num_params, 0)


def _receptive_fields(layers: list[tuple[nn.Module, list[int]]]) -> list[int]:
    """How many pixels wide a stretch of the picture each layer's outputs depend on, for layers one behind the other.

    A kernel of k widens it by k - 1 times the distance of two neighbouring inputs in the picture, which a stride of s
    then makes s times as large (Araujo et al. 2019). The whole picture is the most there is to see.
    """
    fields, field, distance = [], 1, 1
    for layer, input_shape in layers:
        kernel, stride = _kernel_and_stride(layer, input_shape)
        field = min(field + (kernel - 1) * distance, PICTURE_SIDE)
        distance *= stride
        fields.append(field)
    return fields


def _kernel_and_stride(layer: nn.Module, input_shape: list[int]) -> tuple[int, int]:
    """How many neighbouring inputs an output depends on, and how many it moves on by, along one side."""
    if isinstance(layer, nn.Linear):
        return PICTURE_SIDE, 1  # it takes all that is left of the picture
    if isinstance(layer, GlobalAveragePool):
        return input_shape[-1], 1
    kernel, stride = getattr(layer, "kernel_size", 1), getattr(layer, "stride", 1)
    return (kernel[0] if isinstance(kernel, tuple) else kernel), (stride[0] if isinstance(stride, tuple) else stride)
