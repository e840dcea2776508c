"""Training as a generator of records. It knows nothing of files, widgets or printing."""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.augment import augment
from mnist_core.config import Recipe
from mnist_core.data import MNIST, NO_DIGIT, Digits, normalise
from mnist_core.device import PRECISIONS, choose_precision, keep_freed_memory
from mnist_core.errors import UserError
from mnist_core.evaluate import Evaluation, evaluate
from mnist_core.normalisation import folded, settle
from mnist_core.penmanship import gather
from mnist_core.state import TrainingState

# A record of a step at most this often: what the eye can follow, and few enough to keep for a whole run.
SECONDS_BETWEEN_STEP_RECORDS = 0.1
# A teacher's probabilities are softened by so much, which shows what it holds for similar (Hinton et al. 2015).
TEMPERATURE = 2.0


@dataclasses.dataclass(frozen=True)
class StepRecord:
    """Where training stands after one step of the optimizer."""

    step: int  # from 0, over all epochs
    epoch: int  # from 0
    batch: int  # from 0, within the epoch
    loss: float  # of this batch, in nats
    accuracy: float  # percent, over the epoch so far
    lr: float
    seconds: float  # of training until now, evaluation not counted
    kind: str = "step"


@dataclasses.dataclass(frozen=True)
class EpochRecord:
    """One pass over all training digits, and the test that followed it."""

    epoch: int  # from 0
    step: int  # the epoch's last one
    train_loss: float  # mean over the epoch, while the weights were changing
    train_accuracy: float  # percent, likewise
    train_correct: int
    last_batch_loss: float  # what the published log calls the training set's average loss
    test_loss: float
    test_accuracy: float  # percent
    test_correct: int
    seconds: float  # of training in this epoch, evaluation not counted
    kind: str = "epoch"


Record = StepRecord | EpochRecord


def fit(
    recipe: Recipe,
    mnist: MNIST,
    state: TrainingState | None = None,
    *,
    teacher: nn.Module | None = None,
    precision: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Record]:
    """Train as the recipe says, on the device that holds `mnist`: step records now and then, a record each epoch.

    state: what to train and where to begin; a fresh one by default. It is up to date whenever a record is yielded, and
        after the last one.
    teacher: the network that the recipe's `distillation` asks for.
    precision: "bfloat16" or "float32"; chosen for the device by default.
    should_stop: asked before each step; when it says True, the generator ends, and `state` holds what was learnt.
    UserError when the loss stops being a number, or the teacher is missing.
    """
    if recipe.distillation and teacher is None:
        raise UserError(f"The recipe learns from '{recipe.teacher}', but no such network was given.")
    device = mnist.train.images.device
    state = state or TrainingState(recipe, device)
    keep_freed_memory()
    digits = gather(recipe, mnist.train)
    epoch = _Epoch(recipe, digits, state, teacher, PRECISIONS[precision or choose_precision(device)])
    while state.epoch < recipe.epochs:
        yield from epoch.steps(should_stop)
        if state.batch < epoch.batches:
            return
        if recipe.settling:
            epoch.settle()
        yield _finish_epoch(state, len(digits), evaluate(state.network, mnist.test))


class _Epoch:
    """Takes a state through the rest of its epoch."""

    def __init__(
        self, recipe: Recipe, digits: Digits, state: TrainingState, teacher: nn.Module | None, dtype: torch.dtype
    ):
        self.recipe, self.digits, self.state, self.dtype = recipe, digits, state, dtype
        self.teacher = folded(teacher).to(digits.images.device) if teacher and recipe.distillation else None
        self.batches = recipe.steps_per_epoch(len(digits))
        self.started = 0.0

    def steps(self, should_stop: Callable[[], bool]) -> Iterator[StepRecord]:
        """Step after step until the epoch is over or `should_stop`; a record now and then and at the end."""
        state, device = self.state, self.digits.images.device
        state.model.train()
        self.started = reported = time.perf_counter()
        order, variations = (drawn.to(device) for drawn in state.plan(len(self.digits)))
        for batch in range(state.batch, self.batches):
            if should_stop():
                return
            start = batch * self.recipe.batch_size
            indices = order[start : start + self.recipe.batch_size]
            pixels = augment(self.digits.images[indices], variations.part(start, start + len(indices)))
            self._learn(normalise(pixels), self.digits.labels[indices])
            if state.batch == self.batches or time.perf_counter() - reported >= SECONDS_BETWEEN_STEP_RECORDS:
                reported = time.perf_counter()
                yield self._record(start + len(indices))
                self.started = time.perf_counter()

    def settle(self) -> None:
        """After the last step: normalisation takes its averages from untouched digits, spread over all there are."""
        started = time.perf_counter()
        every = max(1, len(self.digits) // self.recipe.settling)
        settle(self.state.network, self.digits.images[::every], self.dtype)
        self.state.epoch_seconds += time.perf_counter() - started

    def _learn(self, pixels: torch.Tensor, labels: torch.Tensor) -> None:
        """One step of the optimizer."""
        state, recipe = self.state, self.recipe
        with torch.autocast(pixels.device.type, self.dtype, enabled=self.dtype != torch.float32):
            log_probabilities = state.model(pixels)
            taught = self._taught(pixels) if self.teacher else None
        loss = _loss(log_probabilities, labels)
        state.optimizer.zero_grad()
        _objective(recipe, loss, log_probabilities, taught).backward()
        state.step(recipe.lr_at(state.epoch * self.batches + state.batch, recipe.epochs * self.batches))

        # Kept as tensors: reading a number off a GPU at each step would make it wait.
        state.last_loss.copy_(loss.detach())
        state.loss_sum += loss.detach() * len(labels)
        state.correct += _judged_rightly(log_probabilities.detach(), labels).sum()

    @torch.no_grad()
    def _taught(self, pixels: torch.Tensor) -> torch.Tensor:
        """The teacher's softened probabilities."""
        return (self.teacher(pixels) / TEMPERATURE).softmax(dim=1)

    def _record(self, seen: int) -> StepRecord:
        """The state in numbers, `seen` of the epoch's digits later; UserError when the loss stopped being a number."""
        state, recipe = self.state, self.recipe
        loss = state.last_loss.item()
        if not math.isfinite(loss):
            raise UserError(
                f"The loss stopped being a number in epoch {state.epoch}, batch {state.batch}: "
                f"a learning rate of {recipe.lr:g} is too high here. Try a third of it."
            )
        state.epoch_seconds += time.perf_counter() - self.started
        return StepRecord(
            step=state.epoch * self.batches + state.batch - 1,
            epoch=state.epoch,
            batch=state.batch - 1,
            loss=loss,
            accuracy=100 * state.correct.item() / seen,
            lr=state.optimizer.param_groups[0]["lr"],
            seconds=state.earlier_seconds + state.epoch_seconds,
        )


def _loss(log_probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean negative log-likelihood, in nats; of a drawing that is no digit, how far from even the answer is.

    To ask for an even answer is outlier exposure (Hendrycks et al. 2019).
    """
    of_digits = F.nll_loss(log_probabilities, labels.clamp(min=0), reduction="none")
    from_even = -log_probabilities.mean(dim=1) - math.log(log_probabilities.shape[1])
    return torch.where(labels == NO_DIGIT, from_even, of_digits).mean()


def _judged_rightly(log_probabilities: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Which digits are read right, and which other drawings are doubted: no digit has more than half."""
    surest, answers = log_probabilities.max(dim=1)
    return torch.where(labels == NO_DIGIT, surest < math.log(0.5), answers == labels)


def _objective(
    recipe: Recipe, loss: torch.Tensor, log_probabilities: torch.Tensor, taught: torch.Tensor | None
) -> torch.Tensor:
    """What the optimizer makes small: the loss on the labels, and what the recipe mixes into it.

    Label smoothing (Szegedy et al. 2016) asks for a little of every digit. Distillation (Hinton et al. 2015) asks for
    the teacher's softened probabilities; its gradients shrink with the temperature's square, which is made up for.
    """
    if recipe.label_smoothing:
        evenly = -log_probabilities.mean(dim=1).mean()
        loss = torch.lerp(loss, evenly, recipe.label_smoothing)
    if taught is not None:
        softened = (log_probabilities / TEMPERATURE).log_softmax(dim=1)
        like_teacher = -(taught * softened).sum(dim=1).mean() * TEMPERATURE**2
        loss = torch.lerp(loss, like_teacher, recipe.distillation)
    return loss


def _finish_epoch(state: TrainingState, digits: int, tested: Evaluation) -> EpochRecord:
    """The epoch in numbers; the state moves on to the next one."""
    correct = state.correct.item()
    record = EpochRecord(
        epoch=state.epoch,
        step=(state.epoch + 1) * state.recipe.steps_per_epoch(digits) - 1,
        train_loss=state.loss_sum.item() / digits,
        train_accuracy=100 * correct / digits,
        train_correct=correct,
        last_batch_loss=state.last_loss.item(),
        test_loss=tested.loss,
        test_accuracy=tested.accuracy,
        test_correct=tested.correct,
        seconds=state.epoch_seconds,
    )
    state.finish_epoch()
    return record
