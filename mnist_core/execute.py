"""Carry out a run: train by its recipe, and keep records, log and weights in its folder as they come."""

import contextlib
import time
from collections.abc import Callable

import torch
from torch import nn

from mnist_core import log
from mnist_core.config import Recipe
from mnist_core.data import MNIST
from mnist_core.device import choose_precision
from mnist_core.errors import UserError
from mnist_core.runs import CHECKPOINTS, Run
from mnist_core.state import TrainingState
from mnist_core.train import EpochRecord, Record, StepRecord, fit

# A crash loses at most so much. Also how fresh the weights are that a drawing is read with during training.
SECONDS_BETWEEN_SAVES = 2.0


class StopRequest:
    """Asks a training to end soon, and says whether somebody wanted that ("stopped") or not ("interrupted")."""

    def __init__(self):
        self.state: str | None = None

    def make(self, state: str) -> None:
        """Ask; only the first reason counts."""
        self.state = self.state or state

    def is_made(self) -> bool:
        """Whether anybody asked."""
        return self.state is not None


def teacher_of(recipe: Recipe) -> nn.Module | None:
    """The shipped network that the recipe's distillation learns from, if any."""
    return Run(CHECKPOINTS / recipe.teacher).network() if recipe.distillation else None


def execute(
    run: Run,
    load_mnist: Callable[[], MNIST],
    stop: StopRequest,
    on_record: Callable[[Record], None] = lambda record: None,
) -> None:
    """Train the run to its end, from where it stands; its status says how it went.

    load_mnist: gives the digits on the device to train on.
    on_record: is shown each record after it was written.
    UserError, with the run marked as failed, when the training cannot be done; any other error likewise.
    """
    run.set_state("running", error=None)
    try:
        mnist = load_mnist()
        device = mnist.train.images.device
        recipe, precision = run.recipe, choose_precision(device)
        state = TrainingState(recipe, device)
        run.restore(state)
        run.forget_after(state.epoch * recipe.steps_per_epoch() + state.batch)
        run.set_environment(device, precision)
        writer = _Writer(run, state)
        for record in fit(
            recipe, mnist, state, teacher=teacher_of(recipe), precision=precision, should_stop=stop.is_made
        ):
            writer.write(record)
            on_record(record)
        writer.save("finished" if state.epoch == recipe.epochs else stop.state or "interrupted")
    except Exception as error:
        # On a full disk even this may not be written; the error itself is what matters then.
        with contextlib.suppress(OSError):
            run.set_state("failed", error=_in_words(error))
        raise


def _in_words(error: Exception) -> str:
    if isinstance(error, UserError):
        return str(error)
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return "The memory was not enough for this training: try a smaller batch size."
    if isinstance(error, OSError):
        return f"The run folder could not be written: {error.strerror or error}. What was saved before is kept."
    return f"The training ended with an unexpected error ({type(error).__name__}: {error})."


class _Writer:
    """Writes records as they come, and the state every few seconds and after each epoch."""

    def __init__(self, run: Run, state: TrainingState):
        self.run, self.state = run, state
        self.last_step: StepRecord | None = None
        self.saved = time.perf_counter()

    def write(self, record: Record) -> None:
        self.run.append(record)
        if isinstance(record, EpochRecord):
            self._log(record)
            self.save("running", test_accuracy=record.test_accuracy)
        else:
            self.last_step = record
            if time.perf_counter() - self.saved > SECONDS_BETWEEN_SAVES:
                self.save("running")

    def save(self, status: str, **changes) -> None:
        self.run.save(self.state)
        self.run.set_state(status, self.state, **changes)
        self.saved = time.perf_counter()

    def _log(self, record: EpochRecord) -> None:
        # A run that was resumed between an epoch's last batch and its test has no bar to show.
        bar = log.full_bar(self.last_step, self.last_step.batch + 1, record.seconds) if self.last_step else ""
        self.run.append_log(log.heading(record.epoch) + bar + log.results(record))
