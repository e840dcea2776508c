"""Makes a finished run into a checkpoint that ships with the project."""

import json
import shutil
import statistics

from bench.report import machine, table
from mnist_core.config import RECIPES, TRAINING_DIGITS, Recipe
from mnist_core.models import build, describe
from mnist_core.options import CHOICES, NUMBERS
from mnist_core.runs import CHECKPOINTS, Run

# Enough for smooth curves; the whole would be a megabyte for the longest training.
MOST_STEP_RECORDS = 800

DRAW_LIMITS = """\
Ways of writing that are not in `mnist_core/styles.txt` may still be misread, and so may digits that people would argue
about. A letter that looks like a digit (O, l, S, Z) gets one. Its temperature and threshold (`calibration.json`) were
fitted to MNIST's held-out digits and to made-up ones, not to other people's handwriting."""
LIMITS = """\
It has seen MNIST's writers only. A 7 with a crossbar, a 1 with an upstroke or a foot, an open 4 and other ways of
writing that these writers did not have may be misread, and with certainty. It does not know what is not a digit: a
letter or a scribble gets a digit, too."""


def ship(name: str, runs: list[Run]) -> None:
    """Put the first of a preset's runs into checkpoints/, with what all of them reached and a model card."""
    target = CHECKPOINTS / RECIPES[name].checkpoint
    target.mkdir(parents=True, exist_ok=True)
    run = runs[0]
    for file in ("status.json", "log.txt", "best.safetensors"):
        shutil.copyfile(run.folder / file, target / file)
    # As the preset words its purpose now; the numbers are those it was trained by.
    recipe = run.recipe.changed(purpose=RECIPES[name].purpose)
    assert recipe == RECIPES[name], f"{run.folder} was trained by another recipe than today's {name}"
    (target / "recipe.json").write_text(
        json.dumps(recipe.as_dict() | {"environment": run.environment}, indent=2) + "\n"
    )
    (target / "metrics.jsonl").write_text("".join(json.dumps(record) + "\n" for record in _thinned(run.records()[0])))
    last = [run.epochs()[-1] for run in runs]
    figures = {
        "test_accuracies": [epoch["test_accuracy"] for epoch in last],
        "test_losses": [round(epoch["test_loss"], 5) for epoch in last],
        "train_accuracies": [round(epoch["train_accuracy"], 3) for epoch in last],
    }
    (target / "figures.json").write_text(json.dumps(figures, indent=2) + "\n")
    card = target / "README.md"
    if name != "seed":  # that one's card compares it with the publication
        card.write_text(_card(name, recipe, figures, _time_taken(runs)), encoding="utf-8")


def _thinned(records: list[dict]) -> list[dict]:
    steps = sum(record["kind"] == "step" for record in records)
    every = -(-steps // MOST_STEP_RECORDS)
    return [record for i, record in enumerate(records) if record["kind"] == "epoch" or i % every == 0]


def _time_taken(runs: list[Run]) -> str:
    """How long the training took, as a sentence; of several seeds the median."""
    seconds = statistics.median(sum(epoch["seconds"] for epoch in run.epochs()) for run in runs)
    taken = f"{seconds / 60:.1f} minutes" if seconds >= 60 else f"{seconds:.1f} seconds"
    threads = runs[0].environment["threads"]
    return f"{taken}, with {threads} thread{'s' * (threads > 1)} and other work beside it"


def _card(name: str, recipe: Recipe, figures: dict, time_taken: str) -> str:
    parameters = sum(parameter.numel() for parameter in build(recipe.model).parameters())
    facts = [
        ["network", f"{recipe.model}: {describe(recipe.model)} {parameters:,} parameters"],
        ["recipe", f"`{name}`: {recipe.purpose}"],
        ["in numbers", _in_numbers(recipe)],
        ["data", f"{_data(recipe)}, normalised by mean 0.1307 and deviation 0.3081"],
        ["shipped weights", "seed 0, those of the last epoch: chosen before it was trained, not for its result"],
        ["trained on", machine()],
        ["in", time_taken],
    ]

    def line(what: str, values: list[float], digits: int) -> list[str]:
        each = ", ".join(f"{value:.{digits}f}" for value in values)
        spread = f" ± {statistics.stdev(values):.{digits}f}" if len(values) > 1 else ""
        return [what, f"{statistics.mean(values):.{digits}f}{spread}", each]

    reached = [
        line("test accuracy, last epoch", figures["test_accuracies"], 2),
        line("test loss, last epoch", figures["test_losses"], 4),
        line("training accuracy, last epoch", figures["train_accuracies"], 2),
    ]
    seeds = len(figures["test_accuracies"])
    return f"""# {RECIPES[name].checkpoint}

{table(["", ""], facts).replace("---:", "---")}
## What it reaches

{table(["", f"mean ± spread of {seeds} seeds" if seeds > 1 else "seed 0", "each"], reached)}
Seeds from 0 on; the spread is the standard deviation; training accuracy is counted on digits as the recipe varies
them, while the network is still changing. `python bench/{"draw" if recipe.drawn else "models"}.py` makes the figures.

## Limits

{DRAW_LIMITS if recipe.drawn else LIMITS}

The weights are free under the project's MIT licence. MNIST: Yann LeCun and Corinna Cortes, CC BY-SA 3.0.
"""


def _data(recipe: Recipe) -> str:
    mnist = f"{TRAINING_DIGITS - recipe.held_out:,} training digits of MNIST"
    if not recipe.drawn:
        return f"the {mnist}"
    return f"{mnist}, {recipe.drawn:,} digits and {recipe.scribbles:,} scribbles made up by `mnist_core/penmanship.py`"


def _in_numbers(recipe: Recipe) -> str:
    """Everything that differs from a recipe with nothing switched on."""
    plain = Recipe()
    basics = [f"{recipe.epochs} epochs", f"batch size {recipe.batch_size}", f"learning rate {recipe.lr:g}"]
    names = [name for name in (*CHOICES, *NUMBERS) if name not in ("epochs", "batch_size", "lr", "seed")]
    changed = [name for name in names if getattr(recipe, name) != getattr(plain, name)]
    teacher = [f"teacher {recipe.teacher}"] if recipe.distillation else []
    return ", ".join(basics + [f"{name.replace('_', ' ')} {getattr(recipe, name)}" for name in changed] + teacher)
