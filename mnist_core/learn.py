"""Learning from a few corrected drawings, in seconds, without forgetting MNIST.

A copy of the network learns from the drawings, each varied at every step, while it is held to the old network's answers
on MNIST's training digits: their log-probabilities are to stay what they were (Buzzega et al. 2020 call it dark
experience replay). Unlike a digit's label, they pull back long before a digit is read wrong. The batch normalisations
keep the statistics they have, so that no batch of odd drawings shifts them. In the end the weights go back towards the
old ones as far as all drawings stay right, which gives some of the rest back (Wortsman et al. 2022).
"""

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.augment import augment, draw_variations
from mnist_core.config import Recipe
from mnist_core.data import MNIST, Digits, load_mnist, normalise
from mnist_core.device import PRECISIONS, choose_precision, give_back_memory
from mnist_core.errors import UserError
from mnist_core.runs import Run, RunLibrary, new_run
from mnist_core.sketch import Strokes, strokes_to_pixels

MINE = "-mine"  # what the names of runs end in that learnt from drawings

MOST_DRAWINGS = 500
MOST_POINTS = 200_000  # of all drawings together
FORGETTING = 0.1  # percentage points of MNIST's test digits that may be lost
MARGIN = 0.8  # certainty that every drawing should be read with in the end

VARIED = Recipe(rotation=8, shift=1.5, zoom=8, shear=8, elastic=0.5, stroke=0.3)
LR = 2e-3
HOLD = 0.4  # weight of the pull towards the old answers, beside the drawings
REMEMBERED = 2000  # training digits whose old answers are held to
REPLAYED = 96  # of them in a step
ROUNDS = (32, 64)  # steps; the second round only where the first was not enough
SHARES = (0.4, 0.55, 0.7, 0.85, 1.0)  # of the way from the old weights to the new ones that may be enough


class Score(NamedTuple):
    """What a network reads right."""

    right: int  # of the drawings
    accuracy: float  # percent of MNIST's test digits


class Learnt(NamedTuple):
    """A network that has learnt from drawings."""

    weights: dict[str, torch.Tensor]
    answers: list[int]  # to each drawing, afterwards
    before: Score
    after: Score


@torch.inference_mode()
def answers(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """Log-probabilities [N, 10] of pictures, uint8 [N, 1, 28, 28], in the faster precision of this machine.

    In bfloat16 that is three times as fast as `evaluate`, and a digit or two in 10,000 are read differently.
    """
    with _fast_precision():
        return torch.cat([network(normalise(part)).float() for part in images.split(250)])


def accuracy_on(network: nn.Module, digits: Digits) -> float:
    """Percent of digits read right, by `answers`."""
    return 100 * (answers(network, digits.images).argmax(dim=1) == digits.labels).float().mean().item()


def learn(
    run: Run, drawings: Sequence[Strokes], labels: Sequence[int], mnist: MNIST, accuracy: float | None = None
) -> Learnt:
    """Have a copy of a run's network learn what drawings show, MNIST in mind; the run itself is left as it is.

    accuracy: the run's own `accuracy_on` on `mnist.test`, where it is known already.
    UserError says why nothing was learnt: there is nothing to learn, the drawings are too much for the network, or it
    would forget more than FORGETTING points.
    """
    images, labels = strokes_to_pixels(drawings), torch.tensor(labels)
    network = run.network()
    margin = max(MARGIN, run.calibration().threshold)
    read = _certainties(run, network, images, labels)
    if (read > margin).all():
        raise UserError(f"{run.name} reads all of these drawings right, and is sure: there is nothing to learn.")
    before = Score(_right(read), accuracy_on(network, mnist.test) if accuracy is None else accuracy)

    practice = _Practice(network, Digits(images, labels), mnist.train)
    for steps in ROUNDS:
        practice.go_on(steps + len(images) // 5)
        read = _certainties(run, network, images, labels)
        if (read > margin).all():
            break
    for share in SHARES:
        practice.hold_back(share)
        read = _certainties(run, network, images, labels)
        if (read > margin).all():
            break
    after = Score(_right(read), accuracy_on(network, mnist.test))
    _refuse_if_worse(run, before, after, len(images))
    weights = {name: tensor.detach().contiguous().clone() for name, tensor in network.state_dict().items()}
    return Learnt(weights, answers(network, images).argmax(dim=1).tolist(), before, after)


def _certainties(run: Run, network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The certainty of each drawing's label, float32 [N]; negative where another digit is likelier."""
    probabilities = run.calibration().probabilities(answers(network, images))
    certainty = probabilities.gather(1, labels[:, None])[:, 0]
    return torch.where(probabilities.argmax(dim=1) == labels, certainty, -1.0)


def _right(certainties: torch.Tensor) -> int:
    return int((certainties > 0).sum())


def _refuse_if_worse(run: Run, before: Score, after: Score, drawings: int) -> None:
    lost = before.accuracy - after.accuracy
    if lost > FORGETTING + 1e-4:
        raise UserError(
            f"Nothing was changed: {run.name} would read {after.right} of {drawings} drawings, but "
            f"{after.accuracy:.2f} % of MNIST's test digits instead of {before.accuracy:.2f} %. "
            "Delete drawings that are wrongly labelled, or choose a larger network."
        )
    if after.right < min(before.right + 1, drawings):
        raise UserError(
            f"Nothing was changed: {run.name} read {before.right} of {drawings} drawings, and would read "
            f"{after.right} after learning. Delete drawings that contradict each other, or choose a larger network."
        )


class _Practice:
    """Steps of Adam (Kingma and Ba 2015) on drawings and remembered digits; the network is changed in place.

    Not by torch.optim: the first optimizer of a process imports torch's compiler, which takes a second and 80 MB.
    """

    def __init__(self, network: nn.Module, drawings: Digits, train: Digits):
        self.network, self.drawings = network, drawings
        self.generator = torch.Generator().manual_seed(0)
        remembered = torch.randperm(len(train), generator=self.generator)[:REMEMBERED]
        self.digits = train.images[remembered]
        self.old_answers = answers(network, self.digits)
        self.parameters = list(network.parameters())
        self.old = [parameter.detach().clone() for parameter in self.parameters]
        self.new = self.old
        self.means = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.squares = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.steps_done = 0

    def go_on(self, steps: int) -> None:
        """So many steps, over which the learning rate rises and falls to nothing."""
        schedule = Recipe(lr=LR, schedule="one_cycle")
        for step in range(steps):
            drawn, labels = self._varied_drawings(step)
            chosen = torch.randint(len(self.digits), (REPLAYED,), generator=self.generator)
            pictures = torch.cat([drawn, self.digits[chosen].float()])
            with _fast_precision():
                log_probabilities = self.network(normalise(pictures))
            on_drawings, on_digits = log_probabilities.split([len(labels), REPLAYED])
            moved = (on_digits - self.old_answers[chosen]).square().mean()
            (F.nll_loss(on_drawings, labels) + HOLD * moved).backward()
            self._update(schedule.lr_at(step, steps))
        self.new = [parameter.detach().clone() for parameter in self.parameters]

    @torch.no_grad()
    def hold_back(self, share: float) -> None:
        """Put the weights at that share of the way from the old ones to those that were learnt."""
        for parameter, old, new in zip(self.parameters, self.old, self.new, strict=True):
            parameter.copy_(old.lerp(new, share))

    def _varied_drawings(self, step: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Some drawings, float32 [20 to 64, 1, 28, 28], with their labels: varied, at every other step in part."""
        count, drawings = len(self.drawings), self.drawings
        size = min(64, max(20, count))
        if count <= size:
            chosen = torch.arange(size) % count
        else:
            chosen = torch.randint(count, (size,), generator=self.generator)
        varied = augment(drawings.images[chosen], draw_variations(VARIED, size, self.generator))
        if step % 2:  # the drawings themselves, too: they are what is to be read in the end
            varied[:count] = drawings.images[chosen[:count]].float()
        return varied, drawings.labels[chosen]

    @torch.no_grad()
    def _update(self, lr: float, betas: tuple[float, float] = (0.9, 0.99)) -> None:
        self.steps_done += 1
        early, early_square = (1 - beta**self.steps_done for beta in betas)
        for parameter, mean, square in zip(self.parameters, self.means, self.squares, strict=True):
            mean.lerp_(parameter.grad, 1 - betas[0])
            square.lerp_(parameter.grad.square(), 1 - betas[1])
            parameter.addcdiv_(mean, (square / early_square).sqrt_().add_(1e-8), value=-lr / early)
            parameter.grad = None


def _fast_precision() -> torch.autocast:
    dtype = PRECISIONS[choose_precision(torch.device("cpu"))]
    return torch.autocast("cpu", dtype, enabled=dtype != torch.float32)


# Kept as runs


def keep(learnt: Learnt, run: Run, root: Path | str) -> Run:
    """What was learnt from a run as a finished run of its own."""
    own = new_run(root, run.recipe, MINE)
    own.set_environment(
        torch.device("cpu"),
        choose_precision(torch.device("cpu")),
        learnt_from=run.name,
        drawings=len(learnt.answers),
    )
    own.save_calibration(run.calibration())
    before, after = learnt.before, learnt.after
    own.append_log(
        f"A copy of {run.name} that learnt from {len(learnt.answers)} drawings. Drawings read right: "
        f"{before.right} before, {after.right} after. Test accuracy: {before.accuracy:.2f} % before, "
        f"{after.accuracy:.2f} % after.\n"
    )
    own.save_weights(learnt.weights)
    status = run.status
    own.set_state("finished", step=status.step, epoch=status.epoch, test_accuracy=round(after.accuracy, 2))
    return own


class Learner:
    """Learns from drawings with the networks of a library, once at a time, and takes back what it learnt."""

    MOST_KNOWN = 16

    def __init__(self, library: RunLibrary):
        self.library = library
        self._busy = Lock()
        self._accuracies: dict[tuple[Path, int], float] = {}

    def learn(self, model: str, drawings: Sequence[Strokes], labels: Sequence[int]) -> tuple[Run, Learnt]:
        """Learn, and keep what was learnt in a run of its own. UserError as in `learn`, or while another one learns.

        A network that learnt from drawings before is not taught further, but the one that it came from anew: each
        learning may forget a little, which would add up.
        """
        check_collection(drawings, labels)
        if not self._busy.acquire(blocking=False):
            raise UserError("Another visitor's drawings are being learnt from: try again in some seconds.")
        try:
            run = self._origin(self.library.find(model))
            mnist = load_mnist()
            learnt = learn(run, drawings, labels, mnist, self._accuracy(run, mnist.test))
            return keep(learnt, run, self.library.root), learnt
        finally:
            self._busy.release()
            give_back_memory()

    def undo(self, name: str) -> Run:
        """Delete a run that learnt from drawings; gives the run that it came from. UserError if it is no such run."""
        run = self.library.find(name)
        if run.folder.parent != self.library.root or "learnt_from" not in run.environment:
            raise UserError(f"{run.name} has not learnt from drawings, so there is nothing to undo.")
        origin = self._origin(run)
        run.delete()
        return origin

    def _origin(self, run: Run) -> Run:
        """The run that a copy came from, while it is there; any other run itself."""
        try:
            return self.library.find(run.environment["learnt_from"])
        except (KeyError, UserError):
            return run

    def _accuracy(self, run: Run, test: Digits) -> float:
        key = (run.folder, run.weights_version())
        if key not in self._accuracies:
            accuracy = accuracy_on(run.network(), test)
            if len(self._accuracies) >= self.MOST_KNOWN:
                del self._accuracies[next(iter(self._accuracies))]
            self._accuracies[key] = accuracy
        return self._accuracies[key]


def check_collection(drawings: list[Strokes], labels: list[int]) -> None:
    """UserError unless there are drawings, not too many and not too long, with a digit as the label of each."""
    if not drawings:
        raise UserError("There are no drawings yet: draw a digit, and tap the right one if it is read wrong.")
    if len(drawings) > MOST_DRAWINGS:
        raise UserError(f"There can be {MOST_DRAWINGS} drawings at most, and these are {len(drawings)}.")
    if not all(type(label) is int and 0 <= label <= 9 for label in labels) or len(labels) != len(drawings):
        raise UserError("Every drawing needs a digit from 0 to 9 as its label.")
    if not all(isinstance(strokes, list) for strokes in drawings):
        raise UserError("A drawing is a list of strokes, and a stroke a list of [x, y] points.")
    strokes = [stroke for strokes in drawings for stroke in strokes if isinstance(stroke, list)]
    if sum(map(len, strokes)) > MOST_POINTS:
        raise UserError(f"All drawings together may have {MOST_POINTS:,} points at most.")
