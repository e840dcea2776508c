"""How far a network's certainty can be trusted: made honest by a temperature, and doubted below a threshold."""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from mnist_core.data import NO_DIGIT

BINS = 15
KEPT = 0.99  # of the right answers
REFUSED = 0.95  # of the scribbles


class Calibration(NamedTuple):
    """What turns a network's log-probabilities into a certainty to believe. By default, nothing is changed."""

    temperature: float = 1.0  # log-probabilities are divided by it (Guo et al. 2017)
    threshold: float = 0.0  # a reading less certain than that is no reading

    def probabilities(self, log_probabilities: torch.Tensor) -> torch.Tensor:
        """Probabilities [N, 10] that are as often right as they say."""
        return (log_probabilities / self.temperature).softmax(dim=1)

    def accepts(self, probabilities: torch.Tensor) -> torch.Tensor:
        """Which of N answers are certain enough to be given, bool [N]."""
        return probabilities.amax(dim=1) >= self.threshold


NEUTRAL = Calibration()


def calibrate(log_probabilities: torch.Tensor, labels: torch.Tensor) -> Calibration:
    """The calibration that fits a network's answers [N, 10] to what it has not learnt from, int64 [N] with NO_DIGITs.

    The threshold lies half-way between what nearly all right answers exceed and what nearly no scribble does: other
    people's digits will be less certain than these, and other scribbles more.
    """
    digits = labels != NO_DIGIT
    temperature = fit_temperature(log_probabilities[digits], labels[digits])
    surest, answers = Calibration(temperature).probabilities(log_probabilities).max(dim=1)
    kept = torch.quantile(surest[answers == labels], 1 - KEPT)
    refused = torch.quantile(surest[~digits], REFUSED)
    return Calibration(temperature, ((kept + refused) / 2).item())


def fit_temperature(log_probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    """The temperature at which the labels are likeliest, by golden-section search over its logarithm."""
    low, high = -2.0, 2.0  # the temperature from 0.14 to 7.4
    ratio = (5**0.5 - 1) / 2

    def loss(logarithm: float) -> float:
        return F.cross_entropy(log_probabilities / torch.tensor(logarithm).exp(), labels).item()

    while high - low > 1e-3:
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        low, high = (low, right) if loss(left) < loss(right) else (left, high)
    return torch.tensor((low + high) / 2).exp().item()


def calibration_error(probabilities: torch.Tensor, labels: torch.Tensor) -> float:
    """The expected calibration error, in percent: by how much certainty and accuracy differ (Naeini et al. 2015).

    Over bins of equal width, weighted by how many answers are in each. Probabilities [N, 10], labels int64 [N].
    """
    surest, answers = probabilities.max(dim=1)
    bins = (surest * BINS).long().clamp(max=BINS - 1)
    gap = torch.zeros(BINS).index_add_(0, bins, surest - (answers == labels).float())
    return 100 * gap.abs().sum().item() / len(labels)


def accepted_curve(probabilities: torch.Tensor, labels: torch.Tensor, thresholds: torch.Tensor) -> list[dict]:
    """For each threshold, what share of the answers is given and how many of those are right, in percent."""
    surest, answers = probabilities.max(dim=1)
    right = answers == labels
    curve = []
    for threshold in thresholds.tolist():
        given = surest >= threshold
        accuracy = 100 * right[given].float().mean().item() if given.any() else 100.0
        curve.append({"threshold": threshold, "given": 100 * given.float().mean().item(), "accuracy": accuracy})
    return curve
