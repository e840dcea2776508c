"""Training as a generator of records. It knows nothing of files, widgets or printing."""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.config import Recipe
from mnist_core.data import MNIST, Digits, normalise
from mnist_core.device import PRECISIONS, choose_precision, keep_freed_memory
from mnist_core.errors import UserError
from mnist_core.evaluate import Evaluation, evaluate
from mnist_core.models import build

# A record of a step at most this often: what the eye can follow, and few enough to keep for a whole run.
SECONDS_BETWEEN_STEP_RECORDS = 0.1
# More than any recipe has epochs, so that no two epochs of any two seeds share an order.
ORDERS_PER_SEED = 1000
EPOCH_SUMS = ("loss_sum", "correct", "last_loss")


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


class TrainingState:
    """Everything that training changes: enough to go on exactly where it stopped.

    `epoch` and `batch` say what comes next; the sums are over the epoch so far.
    """

    def __init__(self, recipe: Recipe, device: torch.device | str = "cpu"):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self.model: nn.Module = build(recipe.model).to(device, memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=recipe.lr, momentum=recipe.momentum, fused=True)
        self.seed = recipe.seed
        self.epoch = self.batch = 0
        self.epoch_seconds = self.earlier_seconds = 0.0
        self.last_loss = torch.zeros((), device=device)
        self.loss_sum = torch.zeros((), device=device)
        self.correct = torch.zeros((), device=device, dtype=torch.int64)

    def order(self, digits: int) -> torch.Tensor:
        """The order in which this epoch takes the digits, int64 [digits]: decided by seed and epoch alone."""
        generator = torch.Generator().manual_seed(self.seed * ORDERS_PER_SEED + self.epoch)
        return torch.randperm(digits, generator=generator)

    def finish_epoch(self) -> None:
        """Move on to the next epoch, whose sums start from nothing."""
        self.epoch, self.batch = self.epoch + 1, 0
        self.earlier_seconds, self.epoch_seconds = self.earlier_seconds + self.epoch_seconds, 0.0
        self.loss_sum.zero_()
        self.correct.zero_()

    def tensors(self) -> dict[str, torch.Tensor]:
        """The state as named tensors on the CPU: the weights, the optimizer's memory, the epoch's sums."""
        optimizer = {
            f"optimizer.{index}.{name}": tensor
            for index, memory in self.optimizer.state_dict()["state"].items()
            for name, tensor in memory.items()
        }
        named = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()} | optimizer
        named |= {f"epoch.{name}": getattr(self, name) for name in EPOCH_SUMS}
        return {name: tensor.detach().cpu().contiguous().clone() for name, tensor in named.items()}

    def position(self) -> dict[str, float]:
        """Where in the training the state stands, for JSON."""
        return {name: getattr(self, name) for name in ("epoch", "batch", "epoch_seconds", "earlier_seconds")}

    def restore(self, tensors: dict[str, torch.Tensor], position: dict[str, float]) -> None:
        """Go back to a state that `tensors()` and `position()` described."""
        self.model.load_state_dict(_below("model.", tensors))
        parameters = list(self.model.parameters())
        memory: dict[int, dict] = {}
        for key, tensor in _below("optimizer.", tensors).items():
            index, _, name = key.partition(".")
            # In the parameter's own memory layout, which the fused optimizer takes for granted.
            own_layout = torch.empty_like(parameters[int(index)], dtype=tensor.dtype)
            memory.setdefault(int(index), {})[name] = own_layout.copy_(tensor)
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": memory, "param_groups": groups})
        for name in EPOCH_SUMS:
            getattr(self, name).copy_(tensors[f"epoch.{name}"])
        self.epoch, self.batch = int(position["epoch"]), int(position["batch"])
        self.epoch_seconds, self.earlier_seconds = position["epoch_seconds"], position["earlier_seconds"]


def _below(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def fit(
    recipe: Recipe,
    mnist: MNIST,
    state: TrainingState | None = None,
    *,
    precision: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Iterator[Record]:
    """Train as the recipe says, on the device that holds `mnist`: step records now and then, a record each epoch.

    state: what to train and where to begin; a fresh one by default. It is up to date whenever a record is yielded, and
        after the last one.
    precision: "bfloat16" or "float32"; chosen for the device by default.
    should_stop: asked before each step; when it says True, the generator ends, and `state` holds what was learnt.
    UserError when the loss stops being a number.
    """
    train, test = mnist
    state = state or TrainingState(recipe, train.images.device)
    keep_freed_memory()
    dtype = PRECISIONS[precision or choose_precision(train.images.device)]
    while state.epoch < recipe.epochs:
        yield from _steps(recipe, train, state, dtype, should_stop)
        if state.batch < recipe.steps_per_epoch(len(train)):
            return
        yield _finish_epoch(recipe, state, len(train), evaluate(state.model, test))


def _steps(
    recipe: Recipe, train: Digits, state: TrainingState, dtype: torch.dtype, should_stop: Callable[[], bool]
) -> Iterator[StepRecord]:
    """The rest of the state's epoch, until it is over or `should_stop`; a record now and then and at the end."""
    device = train.images.device
    batches = state.order(len(train)).to(device).split(recipe.batch_size)
    seen = state.batch * recipe.batch_size
    state.model.train()
    started = reported = time.perf_counter()
    for indices in batches[state.batch :]:
        if should_stop():
            return
        labels = train.labels[indices]
        with torch.autocast(device.type, dtype, enabled=dtype != torch.float32):
            log_probabilities = state.model(normalise(train.images[indices]))
        loss = F.nll_loss(log_probabilities, labels)
        state.optimizer.zero_grad()
        loss.backward()
        state.optimizer.step()

        # Kept as tensors: reading a number off a GPU at each step would make it wait.
        state.last_loss.copy_(loss.detach())
        state.loss_sum += loss.detach() * len(indices)
        state.correct += (log_probabilities.detach().argmax(dim=1) == labels).sum()
        state.batch += 1
        seen += len(indices)
        if state.batch == len(batches) or time.perf_counter() - reported >= SECONDS_BETWEEN_STEP_RECORDS:
            reported = time.perf_counter()
            yield _step_record(recipe, state, len(train), seen, started)
            started = time.perf_counter()


def _step_record(recipe: Recipe, state: TrainingState, digits: int, seen: int, started: float) -> StepRecord:
    """The state in numbers, `seen` of the epoch's `digits` later; UserError when the loss stopped being a number."""
    loss = state.last_loss.item()
    if not math.isfinite(loss):
        raise UserError(
            f"The loss stopped being a number in epoch {state.epoch}, batch {state.batch}: "
            f"a learning rate of {recipe.lr:g} is too high here. Try a third of it."
        )
    state.epoch_seconds += time.perf_counter() - started
    return StepRecord(
        step=state.epoch * recipe.steps_per_epoch(digits) + state.batch - 1,
        epoch=state.epoch,
        batch=state.batch - 1,
        loss=loss,
        accuracy=100 * state.correct.item() / seen,
        lr=recipe.lr,
        seconds=state.earlier_seconds + state.epoch_seconds,
    )


def _finish_epoch(recipe: Recipe, state: TrainingState, digits: int, tested: Evaluation) -> EpochRecord:
    """The epoch in numbers; the state moves on to the next one."""
    correct = state.correct.item()
    record = EpochRecord(
        epoch=state.epoch,
        step=(state.epoch + 1) * recipe.steps_per_epoch(digits) - 1,
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
