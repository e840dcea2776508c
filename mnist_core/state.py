"""Everything that training changes."""

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_core.augment import Variations, draw_variations
from mnist_core.config import Recipe
from mnist_core.models import build

# More than any recipe has epochs, so that no two epochs of any two seeds share an order.
ORDERS_PER_SEED = 1000
EPOCH_SUMS = ("loss_sum", "correct", "last_loss")


class TrainingState:
    """Network, optimizer, position: enough to go on exactly where a training stopped.

    `epoch` and `batch` say what comes next; the sums are over the epoch so far. All that is random in an epoch follows
    from seed and epoch (`plan`), so that the position is all the random state there is.
    """

    def __init__(self, recipe: Recipe, device: torch.device | str = "cpu"):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            self.model: nn.Module = build(recipe.model)
            if recipe.initialisation == "he":
                self.model.apply(_initialise_he)
        self.model.to(device, memory_format=torch.channels_last)
        self.average: AveragedModel | None = None
        if recipe.averaging:
            average = get_ema_multi_avg_fn(recipe.averaging)
            self.average = AveragedModel(self.model, multi_avg_fn=average, use_buffers=True)
        self.optimizer = _optimizer(recipe, self.model)
        self.recipe = recipe
        self.epoch = self.batch = 0
        self.epoch_seconds = self.earlier_seconds = 0.0
        self.last_loss = torch.zeros((), device=device)
        self.loss_sum = torch.zeros((), device=device)
        self.correct = torch.zeros((), device=device, dtype=torch.int64)

    @property
    def network(self) -> nn.Module:
        """What to test and to predict with: the average of the weights where there is one."""
        return self.average.module if self.average else self.model

    def plan(self, digits: int) -> tuple[torch.Tensor, Variations]:
        """The order in which this epoch takes the digits, int64 [digits], and how each in that order is varied.

        Decided by seed and epoch alone.
        """
        generator = torch.Generator().manual_seed(self.recipe.seed * ORDERS_PER_SEED + self.epoch)
        order = torch.randperm(digits, generator=generator)
        return order, draw_variations(self.recipe, digits, generator)

    def step(self, lr: float) -> None:
        """One step of the optimizer along the gradients; the average follows."""
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.step()
        if self.average:
            self.average.update_parameters(self.model)
        self.batch += 1

    def finish_epoch(self) -> None:
        """Move on to the next epoch, whose sums start from nothing."""
        self.epoch, self.batch = self.epoch + 1, 0
        self.earlier_seconds, self.epoch_seconds = self.earlier_seconds + self.epoch_seconds, 0.0
        self.loss_sum.zero_()
        self.correct.zero_()

    def weights(self) -> dict[str, torch.Tensor]:
        """The weights to predict with, under the network's own names, on the CPU."""
        return {name: _kept(tensor) for name, tensor in self.network.state_dict().items()}

    def tensors(self) -> dict[str, torch.Tensor]:
        """The state as named tensors on the CPU: the weights, the optimizer's memory, the epoch's sums."""
        named = {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
        if self.average:
            named |= {f"average.{name}": tensor for name, tensor in self.average.state_dict().items()}
        for index, memory in self.optimizer.state_dict()["state"].items():
            named |= {f"optimizer.{index}.{name}": tensor for name, tensor in memory.items()}
        named |= {f"epoch.{name}": getattr(self, name) for name in EPOCH_SUMS}
        return {name: _kept(tensor) for name, tensor in named.items()}

    def position(self) -> dict[str, float]:
        """Where in the training the state stands, for JSON."""
        return {name: getattr(self, name) for name in ("epoch", "batch", "epoch_seconds", "earlier_seconds")}

    def restore(self, tensors: dict[str, torch.Tensor], position: dict[str, float]) -> None:
        """Go back to a state that `tensors()` and `position()` described."""
        self.model.load_state_dict(_below("model.", tensors))
        if self.average:
            self.average.load_state_dict(_below("average.", tensors))
        parameters = [parameter for group in self.optimizer.param_groups for parameter in group["params"]]
        memory: dict[int, dict] = {}
        for key, tensor in _below("optimizer.", tensors).items():
            index, _, name = key.partition(".")
            if tensor.shape == parameters[int(index)].shape:
                # In the parameter's own memory layout, which the fused optimizer takes for granted.
                tensor = torch.empty_like(parameters[int(index)], dtype=tensor.dtype).copy_(tensor)
            memory.setdefault(int(index), {})[name] = tensor
        groups = self.optimizer.state_dict()["param_groups"]
        self.optimizer.load_state_dict({"state": memory, "param_groups": groups})
        for name in EPOCH_SUMS:
            getattr(self, name).copy_(tensors[f"epoch.{name}"])
        self.epoch, self.batch = int(position["epoch"]), int(position["batch"])
        self.epoch_seconds, self.earlier_seconds = position["epoch_seconds"], position["earlier_seconds"]


def _initialise_he(layer: nn.Module) -> None:
    """Weights of the size that keeps a signal's strength through layers with ReLU (He et al. 2015)."""
    if isinstance(layer, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")


def _optimizer(recipe: Recipe, model: nn.Module) -> torch.optim.Optimizer:
    """The recipe's optimizer. Only filters decay: pulling biases and normalisations to 0 would change what they are."""
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if recipe.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=recipe.lr, betas=(recipe.momentum, 0.99), fused=True)
    return torch.optim.SGD(groups, lr=recipe.lr, momentum=recipe.momentum, fused=True)


def _kept(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().cpu().contiguous().clone()


def _below(prefix: str, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
