"""Why a network gives the answer it gives: what it relies on, what its layers see, and which digits it takes for alike.

What a place is worth is found by wiping it out and asking again (occlusion, Zeiler and Fergus 2014), which needs no
gradients and is what anybody would try with an eraser.
"""

from copy import deepcopy
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.data import Digits, normalise
from mnist_core.device import PRECISIONS, choose_precision
from mnist_core.predict import Predictor
from mnist_core.runs import Run
from mnist_core.sketch import SIZE

PATCH = 6  # pixels of a side of what is wiped out: two pen widths, enough to cut a line
STRIDE = 2
PLACES = range(0, SIZE - PATCH + 1, STRIDE)
BLOB = 1.6  # pixels, the standard deviation of a blob of ink: about as wide as a line
CHANNELS = 16  # shown of a layer, at most


class Change(NamedTuple):
    """The one wipe or blob that would do most for another answer."""

    kind: str  # "less" or "more" ink
    row: int  # of the patch, from 0, in steps of STRIDE pixels
    column: int
    digit: int  # the answer that it speaks for
    probability: float  # of that digit after the change
    flips: bool  # whether that digit would be the answer then


class Probe(NamedTuple):
    """What a network makes of a drawing in which one place at a time is changed."""

    probabilities: torch.Tensor  # float32 [10], of the drawing as it is
    wiped: torch.Tensor  # float32 [rows, columns, 10]: log-probabilities with that patch wiped
    added: torch.Tensor  # the same with a blob of ink there
    importance: torch.Tensor  # float32 [28, 28]: how much of the answer's log-probability goes with the ink there, nats
    change: Change

    @property
    def answer(self) -> int:
        """The digit that the network reads."""
        return int(self.probabilities.argmax())


@torch.inference_mode()
def probe(predictor: Predictor, pixels: torch.Tensor) -> Probe:
    """Try every place of a drawing, uint8 [1, 28, 28], without its ink and with more. Some ink has to be there."""
    picture = pixels.float()
    wiped = picture * (1 - _patches())
    added = torch.maximum(picture, 255 * _blobs())
    everything = torch.cat([picture[None], wiped, added]).round().to(torch.uint8)
    # Most patches hold no ink, and wiping them changes nothing: each picture is asked about once.
    distinct, places = torch.unique(everything, dim=0, return_inverse=True)
    outputs = torch.cat([predictor.network(normalise(part)).float() for part in distinct.split(200)])[places]
    log_probabilities = (outputs / predictor.calibration.temperature).log_softmax(dim=1)

    side = len(PLACES)
    wiped, added = log_probabilities[1:].view(2, side, side, 10)
    before = log_probabilities[0]
    answer, runner_up = before.topk(2).indices.tolist()
    change = _nearest_change(wiped, added, runner_up)
    return Probe(before.exp(), wiped, added, _spread(before[answer] - wiped[:, :, answer]), change)


def _patches() -> torch.Tensor:
    """Each patch as a picture, float32 [places, 1, 28, 28], 1 inside."""
    inside = torch.stack([(torch.arange(SIZE) >= start) & (torch.arange(SIZE) < start + PATCH) for start in PLACES])
    return torch.einsum("ry,cx->rcyx", inside.float(), inside.float()).view(-1, 1, SIZE, SIZE)


def _blobs() -> torch.Tensor:
    """A soft blob of ink in the middle of each patch, float32 [places, 1, 28, 28], black inside."""
    middles = torch.tensor(PLACES) + (PATCH - 1) / 2
    line = torch.exp(-(torch.arange(SIZE) - middles[:, None]).square() / (2 * BLOB**2))
    return (1.4 * torch.einsum("ry,cx->rcyx", line, line)).clamp(max=1).view(-1, 1, SIZE, SIZE)


def _spread(values: torch.Tensor) -> torch.Tensor:
    """A number for each patch -> for each pixel the mean over the patches that cover it, float32 [28, 28]."""
    patches = _patches()[:, 0]
    return torch.einsum("p,pyx->yx", values.flatten(), patches) / patches.sum(dim=0)


def _nearest_change(wiped: torch.Tensor, added: torch.Tensor, digit: int) -> Change:
    """The change after which that digit is furthest ahead of the others, or least behind."""
    both = torch.stack([wiped, added])
    others = both.clone()
    others[..., digit] = -torch.inf
    ahead = both[..., digit] - others.amax(dim=-1)
    kind, row, column = (int(index) for index in torch.unravel_index(ahead.argmax(), ahead.shape))
    probability = both[kind, row, column, digit].exp().item()
    return Change(("less", "more")[kind], row, column, digit, probability, bool(ahead.max() > 0))


# What the layers see


class Layer(NamedTuple):
    """What some channels of a layer hold of a drawing."""

    tiles: torch.Tensor  # uint8 [channels, H, W], 255 where the layer is most active
    channels: int  # that the layer has in all


@torch.inference_mode()
def feature_maps(network: nn.Module, pixels: torch.Tensor) -> list[Layer]:
    """The activations after each ReLU for a drawing, uint8 [1, 28, 28]; after each convolution where there is no ReLU.

    The first CHANNELS channels of each; all of a layer share one scale. A layer that is used several times is there
    several times.
    """
    kinds = nn.ReLU if any(isinstance(layer, nn.ReLU) for layer in network.modules()) else nn.Conv2d
    layers = []

    def keep(_module, _inputs, output: torch.Tensor) -> None:
        if output.ndim == 4:
            shown = output[0, :CHANNELS].float().clamp(min=0)
            tiles = (255 * shown / shown.amax().clamp(min=1e-6)).round().to(torch.uint8)
            layers.append(Layer(tiles, output.shape[1]))

    watched = _apart(network)
    for layer in watched.modules():
        if isinstance(layer, kinds):
            layer.register_forward_hook(keep)
    watched(normalise(pixels[None]))
    return layers


def _apart(network: nn.Module) -> nn.Module:
    """A copy to put hooks on: they would see what the network reads for others at the same time."""
    return deepcopy(network)


# What is alike


class Neighbours(NamedTuple):
    """The digits most alike to a drawing in a network's eyes, the nearest first."""

    indices: torch.Tensor  # int64 [count]
    labels: torch.Tensor  # int64 [count]
    similarities: torch.Tensor  # float32 [count], cosines: 1 for the same direction


@torch.inference_mode()
def last_features(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What the last linear layer gets to see of pictures, uint8 [N, 1, 28, 28] -> float32 [N, D], each of length 1."""
    watched = _apart(network)
    last = [layer for layer in watched.modules() if isinstance(layer, nn.Linear)][-1]
    seen = []
    last.register_forward_pre_hook(lambda _layer, inputs: seen.append(inputs[0].float()))
    dtype = PRECISIONS[choose_precision(images.device)]
    with torch.autocast(images.device.type, dtype, enabled=dtype != torch.float32):
        for part in images.split(250):
            watched(normalise(part))
    return F.normalize(torch.cat(seen), dim=1)


def nearest_digits(
    network: nn.Module, pixels: torch.Tensor, digits: Digits, count: int = 8, features: torch.Tensor | None = None
) -> Neighbours:
    """The digits nearest to a drawing, uint8 [1, 28, 28], by the cosine between what the last linear layer sees.

    features: those of `digits`, where they are known already.
    """
    features = last_features(network, digits.images) if features is None else features
    similarities, indices = (features @ last_features(network, pixels[None])[0]).topk(min(count, len(digits)))
    return Neighbours(indices, digits.labels[indices], similarities)


class FeatureCache:
    """The features of one set of digits, by network, computed when first asked for: some seconds for 6,000 digits."""

    MOST = 4

    def __init__(self):
        self._known: dict[tuple[Path, int], torch.Tensor] = {}
        self._lock = Lock()  # one at a time: a second visitor waits and then finds them

    def get(self, run: Run, network: nn.Module, digits: Digits) -> torch.Tensor:
        """The features of the digits as that run's network sees them, with the weights that it has now."""
        key = (run.folder, run.weights_version())
        with self._lock:
            if key not in self._known:
                features = last_features(network, digits.images)
                if len(self._known) >= self.MOST:
                    del self._known[next(iter(self._known))]
                self._known[key] = features
            return self._known[key]
