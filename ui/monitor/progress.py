"""Where a run stands, in words and numbers for the page. Pure functions of its status and records."""

from mnist_core.config import Recipe
from mnist_core.runs import Run, Status
from ui.words import duration, percent, run_label

# Speed is what it was over the last so many seconds of training.
SECONDS_FOR_SPEED = 5.0
# With ten digits, an average loss of ln 10 = 2.303 is guessing.
GUESSING = 2.2

PLATEAU = (
    "A slow start is normal here: without normalisation layers this network sits on a plateau at first. "
    "By seed, the first epoch ends anywhere between 11 and 65 % (11 % in the published training)."
)


def progress(run: Run, records: list[dict]) -> dict:
    """Title, state, facts, fraction done and message of a run."""
    status, recipe = run.status, run.recipe
    steps = [record for record in records if record["kind"] == "step"]
    total = recipe.epochs * recipe.steps_per_epoch()
    done = max([status.step, *(record["step"] + 1 for record in steps[-1:])])
    if status.state == "finished":
        done = total
    return {
        "title": run_label(run),
        "state": status.state,
        "facts": facts(recipe, status, steps, done, total),
        "fraction": round(done / total, 4),
        "message": message(status, records, recipe.model),
    }


def facts(recipe: Recipe, status: Status, steps: list[dict], done: int, total: int) -> str:
    """Epoch and step, and while it trains speed and time left."""
    epoch = min(done // recipe.steps_per_epoch() + 1, recipe.epochs)
    parts = [f"epoch {epoch} of {recipe.epochs}", f"step {done:,} of {total:,}"]
    if status.state == "running" and (steps_per_second := speed(steps)):
        parts.append(f"{steps_per_second * recipe.batch_size:,.0f} digits a second")
        parts.append(f"{duration((total - done) / steps_per_second)} left")
    return " · ".join(parts)


def speed(steps: list[dict]) -> float | None:
    """Steps a second lately, or None when too little has been seen."""
    if len(steps) < 2:
        return None
    last = steps[-1]
    first = next(record for record in steps if record["seconds"] >= last["seconds"] - SECONDS_FOR_SPEED)
    if last["step"] <= first["step"] or last["seconds"] <= first["seconds"]:
        return None
    return (last["step"] - first["step"]) / (last["seconds"] - first["seconds"])


def message(status: Status, records: list[dict], model: str) -> str:
    """One or two sentences on what the state of that network's training means for the user."""
    if status.state == "running":
        steps = [record for record in records[-20:] if record["kind"] == "step"]
        losses = [record["loss"] for record in steps]
        early = model == "model_1" and status.epoch < 2  # the others are normalised, and have no plateau
        return PLATEAU if early and losses and sum(losses) / len(losses) > GUESSING else ""
    tested = f"It reads {percent(status.test_accuracy)} of the test digits right. " if status.test_accuracy else ""
    return {
        "queued": "Waits until the training before it has ended.",
        "stopped": f"Stopped. {tested}What it has learnt is kept: draw with it, or resume.",
        "interrupted": f"Interrupted, because the app or the computer stopped. {tested}Resume goes on where it was.",
        "finished": f"Finished. {tested}Draw with it in the Draw tab.",
        "failed": status.error or "The training failed.",
    }[status.state]


def row(epoch: dict) -> list[str]:
    """An epoch's row in the table; epochs count from 1 there."""
    return [
        str(epoch["epoch"] + 1),
        f"{epoch['train_loss']:.4f}",
        percent(epoch["train_accuracy"]),
        f"{epoch['test_loss']:.4f}",
        percent(epoch["test_accuracy"]),
        f"{epoch['seconds']:.1f} s",
    ]
