"""What the guided path says at each step; its figures come from the shipped trainings."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mnist_core.published import published_epochs
from mnist_core.runs import Run, RunLibrary
from ui.plots import Figure, accuracy_figure, comparison_figure, learning_rate_figure, loss_figure, start_figure
from ui.words import figures_in_words, percent

# Trainings that only the path needs: model_2 by the published recipe, and by parts of its own.
COMPARISONS = Path(__file__).parent / "runs"


@dataclass
class Step:
    """One step; the texts are paragraphs with an empty line between them."""

    title: str
    recipe: str  # the preset that its training is set up by
    target: str
    result: str
    analysis: str
    figures: list[tuple[str, Figure]]  # two, each with its caption

    def shown(self) -> dict:
        """The step for the page."""
        figures = [{"caption": caption, "figure": figure} for caption, figure in self.figures]
        return self.__dict__ | {"figures": figures}


def _records(run: Run) -> list[dict]:
    return run.records()[0]


def _start(run: Run) -> tuple[list[dict], int]:
    return _records(run), run.recipe.steps_per_epoch()


def _last(run: Run) -> dict:
    return run.epochs()[-1]


def _gap(run: Run) -> str:
    """Training and test accuracy of a run's last epoch, in words."""
    training, test = (percent(_last(run)[name]) for name in ("train_accuracy", "test_accuracy"))
    return f"{training} of the training digits and {test} of the test digits"


def as_published(library: RunLibrary) -> Step:
    """The experiment that all began with."""
    model_1 = library.find("model_1")
    records, steps = _start(model_1)
    return Step(
        title="1. model_1, as published",
        recipe="seed",
        target="Repeat a published experiment: 10,984 parameters, 20 epochs, 98.95 % as the best test accuracy.",
        result=figures_in_words(library.shipped_figures("model_1"))
        + " That is at the last epoch. The publication's best epoch had 98.95 %, its last one 98.79 %.",
        analysis="Two 3x3 convolutions, a pooling, a 1x1 convolution to thin out; the same again; and a linear layer "
        "over the 250 numbers that are left. It works, and it works here as it did there.\n\nBut look at the start: "
        "for the better part of an epoch the loss stays at 2.30, which is guessing among ten.",
        figures=[
            ("Accuracy", accuracy_figure(records, steps, published_epochs())),
            ("Loss in the first three epochs", start_figure({"model_1": (records, steps)}, 3)),
        ],
    )


def what_went_wrong(library: RunLibrary) -> Step:
    """What holds model_1 back."""
    model_1 = library.find("model_1")
    losses = [epoch["test_loss"] for epoch in model_1.epochs()]
    lowest = losses.index(min(losses)) + 1
    return Step(
        title="2. What went wrong",
        recipe="seed",
        target="Find out what keeps model_1 from going further.",
        result=f"In the end it reads {_gap(model_1)} right: it learns its own digits by heart. Its test loss was "
        f"lowest in epoch {lowest}; the training loss falls on and on.",
        analysis="Three things. The plateau: no layer keeps the signal at its strength, so that the gradients which "
        "reach the first layers are tiny at first.\n\nThe linear layer: 2,510 of the 10,984 parameters sit there, each "
        "tied to one place in the picture. A digit moved by two pixels is another digit to it.\n\nThe training: the "
        "learning rate never falls, so that the accuracy jitters to the end, and the same 60,000 pictures come by 20 "
        "times, which invites learning by heart.",
        figures=[
            ("Loss", loss_figure(*_start(model_1), published_epochs())),
            ("Test accuracy, and training accuracy dotted", comparison_figure({"model_1": _records(model_1)}, True)),
        ],
    )


def normalise_and_average(library: RunLibrary) -> Step:
    """model_2, by the published recipe: what the architecture alone does."""
    model_1, plain = library.find("model_1"), Run(COMPARISONS / "model_2-seed")
    return Step(
        title="3. model_2: normalise, and average",
        recipe="model_2",
        target="99.40 % with fewer than 8,000 parameters in at most 15 epochs, the mean of five seeds.",
        result=figures_in_words(library.shipped_figures("model_2")) + " With the published recipe, on the other hand, "
        f"so that only the network differs, it reads {_gap(plain)}.",
        analysis="Batch normalisation (Ioffe and Szegedy 2015) brings each channel to mean 0 and deviation 1 over the "
        "batch, and then lets it learn a scale of its own. No layer can starve the next one any more: the plateau is "
        "gone.\n\nGlobal average pooling (Lin et al. 2013) takes the mean of each of the last 16 channels over the "
        "whole picture. A channel then says that there is such a stroke, wherever it is, and 170 parameters do the "
        "work of 2,510.",
        figures=[
            (
                "Loss at the start, both by the published recipe",
                start_figure({"model_1": _start(model_1), "model_2": _start(plain)}, 3),
            ),
            (
                "Test accuracy, both by the published recipe",
                comparison_figure({"model_1": _records(model_1), "model_2": _records(plain)}),
            ),
        ],
    )


def what_it_fixed(library: RunLibrary) -> Step:
    """What one-cycle, augmentation, and a teacher with settling add to model_2."""
    plain, one_cycle, moved = (Run(COMPARISONS / f"model_2-{name}") for name in ("seed", "one_cycle", "moved"))
    whole = library.find("model_2")
    runs = {"published recipe": plain, "one-cycle": one_cycle, "and augmentation": moved, "teacher and settling": whole}
    reached = ", ".join(f"{name} {percent(_last(run)['test_accuracy'])}" for name, run in runs.items())
    return Step(
        title="4. What it fixed, and what the recipe adds",
        recipe="model_2",
        target="Close the gap between the digits it learns from and those it does not.",
        result=f"Seed 0, test accuracy at the end: {reached}. With all of it, the network reads {_gap(whole)}: the "
        "training digits, varied anew each time, have become the harder ones.",
        analysis="One-cycle (Smith 2018): the learning rate rises for a fifth of the training, which crosses the "
        "landscape in large steps, and then falls to nothing, which settles into a valley. The jitter of the last "
        "epochs is gone.\n\nAugmentation: each digit is turned, moved, zoomed and slanted a little, differently each "
        "time. Nothing comes by twice, so there is nothing to learn by heart. See it move under Augmentation in the "
        "form.\n\nA teacher (Hinton et al. 2015): a network fifty times its size, large, answers each varied digit, "
        "too, and model_2 learns its probabilities along with the label. That a 4 might almost be a 9 says more than "
        "that it is a 4.\n\nSettling (Wu and Johnson 2021): while the network learns, its normalisation keeps the "
        "averages of varied digits. After each epoch it takes them anew from untouched ones, as the test's are.",
        figures=[
            ("Test accuracy", comparison_figure({name: _records(run) for name, run in runs.items()})),
            (
                "Learning rate",
                learning_rate_figure({"published recipe": plain.recipe, "one-cycle": whole.recipe}),
            ),
        ],
    )


def the_best_small_one(library: RunLibrary) -> Step:
    """model_3, and the whole way."""
    runs = {name: library.find(name) for name in ("model_1", "model_2", "model_3")}
    return Step(
        title="5. model_3: the best small network",
        recipe="model_3",
        target="99.60 % with fewer than 8,000 parameters in at most 40 epochs, the mean of five seeds.",
        result=figures_in_words(library.shipped_figures("model_3")),
        analysis="Separable convolutions (Howard et al. 2017) look around in each channel by itself, then mix the "
        "channels at each place: 1,440 parameters for 32 channels instead of 9,280. What is saved buys depth, and "
        "shortcuts (He et al. 2016) let so deep a network learn.\n\nThe mean over the whole picture gives way to the "
        "means of its four quarters: average pooling had gone too far, since above and below make the difference "
        "between a 6 and a 9.\n\nAnd more than twice the epochs, with large as its teacher and settling, too.",
        figures=[
            ("The whole way: test accuracy", comparison_figure({name: _records(run) for name, run in runs.items()})),
            (
                "Test accuracy, and training accuracy dotted",
                comparison_figure({"model_3": _records(runs["model_3"])}, True),
            ),
        ],
    )


STEPS: list[Callable[[RunLibrary], Step]] = [
    as_published,
    what_went_wrong,
    normalise_and_average,
    what_it_fixed,
    the_best_small_one,
]
