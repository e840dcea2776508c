"""How well a network reads a set of digits."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.data import Digits, normalise


class Evaluation(NamedTuple):
    """A network's answers to a set of N digits."""

    loss: float  # mean negative log-likelihood, in nats
    accuracy: float  # percent
    correct: int
    confusion: torch.Tensor  # int64 [10, 10]: row the true digit, column the answer
    probabilities: torch.Tensor  # float32 [N, 10]


@torch.inference_mode()
def evaluate(model: nn.Module, digits: Digits, batch_size: int = 500) -> Evaluation:
    """The network's answers, in float32 whatever it was trained in, so that every machine reports the same."""
    was_training = model.training
    model.eval()
    outputs = torch.cat([model(normalise(images)).float() for images in digits.images.split(batch_size)])
    model.train(was_training)

    answers = outputs.argmax(dim=1)
    correct = int((answers == digits.labels).sum())
    confusion = torch.bincount(digits.labels * 10 + answers, minlength=100).view(10, 10)
    loss = F.cross_entropy(outputs, digits.labels).item()
    return Evaluation(loss, 100 * correct / len(digits), correct, confusion.cpu(), outputs.softmax(dim=1).cpu())
