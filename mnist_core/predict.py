"""Reading drawings and pictures with a trained network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from mnist_core.calibration import NEUTRAL, Calibration
from mnist_core.data import normalise
from mnist_core.errors import UserError
from mnist_core.picture import image_to_pixels
from mnist_core.runs import CHECKPOINTS, Run
from mnist_core.sketch import Strokes, strokes_to_pixels

# Of the shipped networks the one that has learnt to read drawings.
DEFAULT = CHECKPOINTS / "draw"


class Predictor:
    """A trained network that reads drawings, pictures and 28x28 pixels. It never mistakes an empty sheet for a digit:
    where there is no ink, all ten digits are equally likely.
    """

    def __init__(self, network: nn.Module, calibration: Calibration = NEUTRAL):
        self.network, self.calibration = network, calibration

    @classmethod
    def load(cls, folder: Path | str = DEFAULT) -> "Predictor":
        """The network of a run folder or a shipped checkpoint, by default DEFAULT."""
        run = Run(folder)
        return cls(run.network(), run.calibration())

    def strokes(self, drawings: Sequence[Strokes]) -> torch.Tensor:
        """Drawings, each a list of strokes of [x, y] points with y down -> probabilities, float32 [N, 10]."""
        return self.pixels(strokes_to_pixels(drawings))

    def images(self, images: Sequence[np.ndarray]) -> torch.Tensor:
        """Pictures, uint8 [H, W] or [H, W, 1 | 3 | 4], ink dark or light -> probabilities, float32 [N, 10]."""
        if not len(images):
            return torch.zeros(0, 10)
        return self.pixels(torch.stack([image_to_pixels(image) for image in images]))

    @torch.inference_mode()
    def pixels(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pictures prepared like MNIST's, uint8 [N, 1, 28, 28] -> probabilities, float32 [N, 10]."""
        if not len(pixels):
            return torch.zeros(0, 10)
        log_probabilities = torch.cat([self.network(normalise(part)) for part in pixels.split(500)])
        probabilities = self.calibration.probabilities(log_probabilities)
        blank = pixels.flatten(1).amax(dim=1) == 0
        probabilities[blank] = 0.1
        return probabilities

    def accepts(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Which answers [N, 10] are certain enough to be given, bool [N]: the others are of no digit, or unclear."""
        even = probabilities.amax(dim=1) - probabilities.amin(dim=1) < 1e-6
        return self.calibration.accepts(probabilities) & ~even


class PredictorCache:
    """Predictors by run, kept in memory and loaded again when a training has written newer weights."""

    MOST = 32  # more than a page shows at once, so that none is loaded for every drawing anew; the largest has 1.7 MB

    def __init__(self):
        self._loaded: dict[Path, tuple[int, Predictor]] = {}

    def get(self, run: Run) -> Predictor:
        """The run's predictor. UserError when it has no weights yet."""
        if not run.has_weights():
            raise UserError(f"{run.name} has learnt nothing yet: wait a moment, or choose another network.")
        version = run.weights_version()
        loaded = self._loaded.get(run.folder)
        if loaded and loaded[0] == version:
            return loaded[1]
        predictor = Predictor.load(run.folder)
        if run.folder not in self._loaded and len(self._loaded) >= self.MOST:
            self._loaded.pop(next(iter(self._loaded)), None)
        self._loaded[run.folder] = (version, predictor)
        return predictor
