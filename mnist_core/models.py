"""The networks, by name."""

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.errors import UserError


def _block(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU: the normalisation makes the convolution's bias needless.

    Channels come in multiples of 16 wherever they are normalised: it is four times as fast on a processor whose vectors
    hold 16 numbers.
    """
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


class Shortcut(nn.Module):
    """Layers, and their input added to what comes out of them."""

    def __init__(self, *layers: nn.Module):
        super().__init__()
        self.layers = nn.Sequential(*layers)

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        """Of the signal's shape."""
        return signal + self.layers(signal)


class GlobalAveragePool(nn.Module):
    """The mean of each channel over the picture: [N, C, H, W] -> [N, C].

    Unlike nn.AdaptiveAvgPool2d, its gradient keeps the channels-last layout, so that the layers before it stay fast.
    """

    def forward(self, signal: torch.Tensor) -> torch.Tensor:
        """The means."""
        return signal.mean(dim=(2, 3))


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


class Large(nn.Module):
    """The best single network that trains on two cores: 64 and 128 channels, with shortcuts.

    Most of the work is done at 14x14 and 7x7, where wide layers cost little memory traffic; at 28x28 there is just one
    narrow layer. Shortcuts around the layers that keep their width let gradients pass (He et al. 2016).
    Input [N, 1, 28, 28], normalised; output [N, 10], log-probabilities.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            _block(1, 16),
            nn.MaxPool2d(2),
            _block(16, 64),
            Shortcut(_block(64, 64)),
            nn.MaxPool2d(2),
            _block(64, 128),
            Shortcut(_block(128, 128)),
            Shortcut(_block(128, 128)),
            GlobalAveragePool(),
        )
        self.classifier = nn.Linear(128, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of the ten digits."""
        return F.log_softmax(self.classifier(self.features(images)).float(), dim=1)


MODELS: dict[str, type[nn.Module]] = {"model_1": Model1, "large": Large}


def build(name: str) -> nn.Module:
    """A fresh network: input [N, 1, 28, 28] normalised, output log-probabilities [N, 10]. UserError if unknown."""
    if name not in MODELS:
        raise UserError(f"There is no network '{name}'; choose one of: {', '.join(MODELS)}.")
    return MODELS[name]()


def describe(name: str) -> str:
    """One sentence on what the network is: the first line of its docstring."""
    return MODELS[name].__doc__.partition("\n")[0]
