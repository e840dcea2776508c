"""What a network says to pictures, for the page."""

import torch

from mnist_core.predict import Predictor


def readings(predictor: Predictor, pixels: torch.Tensor) -> list[dict]:
    """One reading for each picture, uint8 [N, 1, 28, 28]: {"digit", "certainty"}.

    The digit is None where the network refuses to name one; the certainty is in percent.
    """
    probabilities = predictor.pixels(pixels)
    certainties, digits = probabilities.max(dim=1)
    accepted = predictor.accepts(probabilities)
    return [
        {"digit": digit if given else None, "certainty": round(100 * certainty, 1)}
        for digit, certainty, given in zip(digits.tolist(), certainties.tolist(), accepted.tolist(), strict=True)
    ]
