"""The networks, by name."""

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.errors import UserError


def _block(inputs: int, outputs: int, kernel: int = 3) -> nn.Sequential:
    """Convolution, batch normalisation, ReLU: the normalisation makes the convolution's bias needless.

    Where parameters allow, channels come in multiples of 16: normalising them is four times as fast on a processor
    whose vectors hold 16 numbers.
    """
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _pooled_block(inputs: int, outputs: int, kernel: int = 3, padding: int = 1) -> nn.Sequential:
    """The same with max pooling right after the convolution, where it leaves a quarter to normalise."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, padding=padding, bias=False),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _thinned_block() -> nn.Sequential:
    """16 channels thinned out to 8 by a 1x1 convolution, which a 3x3 block makes 16 again."""
    return nn.Sequential(nn.Conv2d(16, 8, 1, bias=False), _block(8, 16))


def _separable_block(inputs: int, outputs: int) -> nn.Sequential:
    """A 3x3 convolution of each channel by itself, and a 1x1 convolution that mixes them, both normalised."""
    return nn.Sequential(
        nn.Conv2d(inputs, inputs, 3, padding=1, groups=inputs, bias=False),
        nn.BatchNorm2d(inputs),
        nn.Conv2d(inputs, outputs, 1, bias=False),
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

    Unlike that of nn.AdaptiveAvgPool2d, its gradient does not come laid out channels-first.
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


class Model2(nn.Module):
    """The published analysis carried out: batch normalisation, and average pooling instead of the linear layer.

    Each 3x3 convolution is normalised (Ioffe and Szegedy 2015), which ends the plateau at the start. 1x1 convolutions
    thin out before a 3x3, as in model_1, but before each one: half the parameters, for one more layer. The last 16
    channels are averaged over the picture (Lin et al. 2013), and 170 parameters are left of the 2,510 of the linear
    layer.
    Input [N, 1, 28, 28], normalised; output [N, 10], log-probabilities.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            _block(1, 16),
            _block(16, 16),
            nn.MaxPool2d(2),
            _thinned_block(),
            _thinned_block(),
            nn.MaxPool2d(2),
            _thinned_block(),
            _thinned_block(),
            GlobalAveragePool(),
        )
        self.classifier = nn.Linear(16, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of the ten digits."""
        return F.log_softmax(self.classifier(self.features(images)).float(), dim=1)


class Model3(nn.Module):
    """The best small network: separable convolutions with shortcuts, far more of them for the same parameters.

    A separable convolution looks around in each channel by itself and then mixes the channels at each place (Howard et
    al. 2017): 1,440 parameters for 32 channels, where a full one takes 9,280. Shortcuts (He et al. 2016) let so many
    layers learn. Most of them are at 7x7, where they are cheap and see the whole digit. The last pooling keeps four
    quarters of the picture apart: what is above and what is below matters in digits.
    Input [N, 1, 28, 28], normalised; output [N, 10], log-probabilities.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            _pooled_block(1, 16),
            _separable_block(16, 32),
            Shortcut(_separable_block(32, 32)),
            nn.MaxPool2d(2),
            Shortcut(_separable_block(32, 32)),
            Shortcut(_separable_block(32, 32)),
            Shortcut(_separable_block(32, 32)),
            nn.AvgPool2d(4, stride=3),
        )
        self.classifier = nn.Linear(32 * 4, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of the ten digits."""
        return F.log_softmax(self.classifier(self.features(images).flatten(1)).float(), dim=1)


class Tiny(nn.Module):
    """Below 1,000 parameters: one convolution, used again and again at two scales.

    The same 441 weights are a layer five times, each time with a normalisation of its own and a shortcut around it:
    depth and a wide view cost next to nothing (shared weights as in Liang and Hu 2015). The last pooling keeps four
    quarters of the picture apart: above and below make the difference between a 6 and a 9.
    Input [N, 1, 28, 28], normalised; output [N, 10], log-probabilities.
    """

    def __init__(self):
        super().__init__()
        self.stem = _pooled_block(1, 7, kernel=5, padding=2)
        self.convolution = nn.Conv2d(7, 7, 3, padding=1, bias=False)
        self.fine = nn.ModuleList(nn.BatchNorm2d(7) for _ in range(2))
        self.coarse = nn.ModuleList(nn.BatchNorm2d(7) for _ in range(3))
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)
        self.quarters = nn.AvgPool2d(4, stride=3)
        self.classifier = nn.Linear(7 * 4, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of the ten digits."""
        signal = self._convolved(self.stem(images), self.fine)
        signal = self._convolved(self.pool(signal), self.coarse)
        return F.log_softmax(self.classifier(self.quarters(signal).flatten(1)).float(), dim=1)

    def _convolved(self, signal: torch.Tensor, normalisations: nn.ModuleList) -> torch.Tensor:
        for normalise in normalisations:
            signal = signal + self.relu(normalise(self.convolution(signal)))
        return signal


class Fast(nn.Module):
    """The shortest way to 99 %: one epoch of two convolutions that shrink the picture at once, and a wide hidden layer.

    The first convolution steps by two pixels, which costs a quarter; after the second, pooling comes before
    normalisation and ReLU, which then touch a quarter of the numbers. After github.com/tuomaso/train_mnist_fast, with
    strides and batch normalisation.
    Input [N, 1, 28, 28], normalised; output [N, 10], log-probabilities.
    """

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, bias=False),
            nn.BatchNorm2d(16),
            nn.ReLU(inplace=True),
            _pooled_block(16, 48, padding=0),
        )
        self.hidden = nn.Sequential(nn.Linear(48 * 5 * 5, 128, bias=False), nn.BatchNorm1d(128), nn.ReLU(inplace=True))
        self.classifier = nn.Linear(128, 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Log-probabilities of the ten digits."""
        hidden = self.hidden(self.features(images).flatten(1))
        return F.log_softmax(self.classifier(hidden).float(), dim=1)


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


MODELS: dict[str, type[nn.Module]] = {
    "model_1": Model1,
    "model_2": Model2,
    "model_3": Model3,
    "tiny": Tiny,
    "large": Large,
    "fast": Fast,
}


def build(name: str) -> nn.Module:
    """A fresh network: input [N, 1, 28, 28] normalised, output log-probabilities [N, 10]. UserError if unknown."""
    if name not in MODELS:
        raise UserError(f"There is no network '{name}'; choose one of: {', '.join(MODELS)}.")
    return MODELS[name]()


def describe(name: str) -> str:
    """One sentence on what the network is: the first line of its docstring."""
    return MODELS[name].__doc__.partition("\n")[0]
