"""Trainings of presets with several seeds, kept in a folder so that none is done twice."""

from pathlib import Path

from mnist_core.cli import main as command_line
from mnist_core.runs import Run

DEFAULT = Path("runs") / "seeds"


def trained(recipe: str, seed: int, folder: Path = DEFAULT) -> Run:
    """The finished run of a preset with that seed; trained now, or to its end, where it is not."""
    run = Run(folder / f"{recipe}-{seed}")
    if not run.exists():
        command_line(["train", "--recipe", recipe, "--seed", str(seed), "--out", str(run.folder)])
    elif run.status.state != "finished":
        command_line(["train", "--resume", str(run.folder)])
    return run
