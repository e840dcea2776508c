"""Certainties that can be believed."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mnist_core.calibration import Calibration, accepted_curve, calibrate, calibration_error, fit_temperature
from mnist_core.data import NO_DIGIT
from mnist_core.errors import UserError
from mnist_core.runs import CHECKPOINTS, Run


def answers(seed: int, count: int = 4000) -> tuple[torch.Tensor, torch.Tensor]:
    """Log-probabilities, and labels drawn by just these probabilities."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(count, 10, generator=generator) * 3
    labels = torch.multinomial(logits.softmax(dim=1), 1, generator=generator)[:, 0]
    return logits.log_softmax(dim=1), labels


@given(st.integers(0, 100), st.floats(0.3, 4))
def test_the_temperature_undoes_what_made_a_network_too_sure_or_too_shy(seed, factor):
    log_probabilities, labels = answers(seed)
    assert fit_temperature(log_probabilities * factor, labels) == pytest.approx(factor, rel=0.12)


def test_a_calibrated_network_has_a_small_error_and_an_overconfident_one_a_large_one():
    log_probabilities, labels = answers(0)
    assert calibration_error(log_probabilities.softmax(dim=1), labels) < 3
    overconfident = log_probabilities * 3
    assert calibration_error(overconfident.softmax(dim=1), labels) > 8
    temperature = fit_temperature(overconfident, labels)
    assert calibration_error(Calibration(temperature).probabilities(overconfident), labels) < 3


def test_the_threshold_lies_between_what_is_read_right_and_what_is_no_digit():
    log_probabilities, labels = answers(1)
    certain = log_probabilities.argmax(dim=1) == labels
    even = torch.full((500, 10), 0.1).log() + 0.2 * torch.randn(500, 10, generator=torch.Generator().manual_seed(1))
    everything = torch.cat([3 * log_probabilities[certain], even])
    calibration = calibrate(everything, torch.cat([labels[certain], torch.full((500,), NO_DIGIT)]))
    accepted = calibration.accepts(calibration.probabilities(everything))
    assert accepted[:-500].float().mean() > 0.9 and accepted[-500:].float().mean() < 0.1


def test_the_higher_the_threshold_the_fewer_answers_and_the_more_of_them_right():
    log_probabilities, labels = answers(2)
    curve = accepted_curve(log_probabilities.exp(), labels, torch.linspace(0, 0.99, 12))
    given_shares, accuracies = [c["given"] for c in curve], [c["accuracy"] for c in curve]
    assert given_shares == sorted(given_shares, reverse=True) and given_shares[0] == 100
    assert accuracies[-1] > accuracies[0] + 10


def test_a_run_keeps_its_calibration(tmp_path):
    run = Run(tmp_path)
    assert run.calibration() == Calibration(1.0, 0.0)
    run.save_calibration(Calibration(1.3, 0.6))
    assert run.calibration() == Calibration(1.3, 0.6)
    (tmp_path / "calibration.json").write_text("[]")
    with pytest.raises(UserError, match="damaged"):
        run.calibration()


def test_a_network_without_calibration_says_what_it_computes():
    assert Run(CHECKPOINTS / "model_1").calibration() == Calibration()
