"""The networks, by name."""

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
