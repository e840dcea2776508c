"""Runs: the only file that touches run folders.

A run is a folder, and the trainer and everything that looks at it meet only there:

    recipe.json         the recipe, and under "environment" the versions, device and precision it was trained with
    metrics.jsonl       append-only, one record a line; a torn last line is ignored
    log.txt             the training as text, in the form of the published log
    status.json         its state (STATES), progress, error text, and the process that is at work on it
    last.safetensors    everything needed to go on exactly
    best.safetensors    the weights to predict with: the latest ones, since the test set must not choose
    figures.json        of a shipped run: what its recipe reached with several seeds
    calibration.json    where it was calibrated: the temperature and the threshold of `calibration.Calibration`

Files are replaced atomically. Tensors are in safetensors and the rest in JSON, so that opening a stranger's run runs no
code.
"""

import dataclasses
import json
import os
import platform
import shutil
import socket
import time
from datetime import datetime
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import psutil
import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from mnist_core.calibration import Calibration
from mnist_core.config import RECIPES, Recipe
from mnist_core.data import PROJECT
from mnist_core.errors import UserError
from mnist_core.models import build
from mnist_core.state import TrainingState
from mnist_core.train import Record

CHECKPOINTS = PROJECT / "checkpoints"

STATES = ("queued", "running", "stopped", "interrupted", "finished", "failed")
ACTIVE = ("queued", "running")


def runs_root() -> Path:
    """Where this user's runs are kept: the folder named by MNIST_RUNS, else `runs` in the project."""
    return Path(os.environ.get("MNIST_RUNS") or PROJECT / "runs")


@dataclasses.dataclass(frozen=True)
class Status:
    """What became of a run so far."""

    state: str  # one of STATES
    step: int = 0  # steps done
    steps: int = 0  # steps the recipe asks for
    epoch: int = 0  # epochs done
    epochs: int = 0
    test_accuracy: float | None = None  # percent, of the last finished epoch
    error: str | None = None  # one sentence, when failed
    owner: dict | None = None  # the process at work, while active
    updated: str = ""  # local time, ISO 8601

    @property
    def active(self) -> bool:
        """Whether the run waits or trains."""
        return self.state in ACTIVE


class Run:
    """One run folder. Reading never fails on a half-written file; what is wrong with a folder is a UserError."""

    def __init__(self, folder: Path | str):
        self.folder = Path(folder)

    @classmethod
    def create(cls, folder: Path | str, recipe: Recipe) -> "Run":
        """A new run, queued, in a folder that holds none yet. UserError when it does, or there is no such network."""
        build(recipe.model)
        run = cls(folder)
        if run.exists():
            raise UserError(f"{folder} holds a run already: choose another folder, or go on with --resume {folder}.")
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
            run._write_json("recipe.json", recipe.as_dict())
        except OSError as error:
            raise UserError(f"The run folder {folder} cannot be written: {error.strerror}.") from error
        run.set_state("queued")
        return run

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name

    def exists(self) -> bool:
        """Whether the folder holds a run."""
        return (self.folder / "recipe.json").is_file()

    def has_weights(self) -> bool:
        """Whether there is something to predict with yet."""
        return (self.folder / "best.safetensors").is_file()

    # What was asked for

    @cached_property
    def _recipe_json(self) -> dict:
        if not self.exists():
            raise UserError(f"{self.folder} is no run: it has no recipe.json.")
        content = self._read_json("recipe.json")
        if not isinstance(content, dict):
            raise UserError(f"{self.folder / 'recipe.json'} is damaged: it holds no JSON object.")
        return content

    @property
    def recipe(self) -> Recipe:
        """The recipe it is trained by."""
        return Recipe().changed(**{key: value for key, value in self._recipe_json.items() if key != "environment"})

    @property
    def environment(self) -> dict:
        """Library versions, device and precision; empty until training began."""
        return self._recipe_json.get("environment", {})

    def set_environment(self, device: torch.device, precision: str, **more) -> None:
        """Write down where it is trained, and with what; and whatever else is to be known of it."""
        environment = {
            "device": str(device),
            "precision": precision,
            "threads": torch.get_num_threads(),
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": version("torchvision"),
            "machine": f"{platform.system()} {platform.machine()}",
        }
        self._write_json("recipe.json", self._recipe_json | {"environment": environment | more})
        del self._recipe_json

    # How far it has come

    @property
    def status(self) -> Status:
        """The truth about the run: one whose process is gone without a word was interrupted."""
        fields = {field.name for field in dataclasses.fields(Status)}
        content = self._read_json("status.json")
        known = {key: value for key, value in content.items() if key in fields} if isinstance(content, dict) else {}
        status = Status(**{"state": "interrupted"} | known)
        if status.active and not _is_alive(status.owner):
            return dataclasses.replace(status, state="interrupted", owner=None)
        return status

    def set_state(self, state: str, position: TrainingState | None = None, **changes) -> None:
        """Write the state down, with the progress of a TrainingState where there is one, and any other fields."""
        recipe = self.recipe
        if position:
            changes |= {"epoch": position.epoch, "step": position.epoch * recipe.steps_per_epoch() + position.batch}
        status = dataclasses.replace(
            self.status,
            state=state,
            steps=recipe.epochs * recipe.steps_per_epoch(),
            epochs=recipe.epochs,
            owner=_this_process() if state in ACTIVE else None,
            updated=datetime.now().isoformat(timespec="seconds"),
            **changes,
        )
        self._write_json("status.json", dataclasses.asdict(status))

    def settle(self) -> None:
        """Write the truth into the status.json of a run whose process was killed."""
        content = self._read_json("status.json")
        if isinstance(content, dict) and content.get("state") != self.status.state:
            self.set_state(self.status.state)

    # What was measured

    def append(self, record: Record) -> None:
        """Add a record to the metrics."""
        self._append("metrics.jsonl", json.dumps(dataclasses.asdict(record)) + "\n")

    def append_log(self, text: str) -> None:
        """Add text to the log."""
        self._append("log.txt", text)

    def records(self, offset: int = 0) -> tuple[list[dict], int]:
        """The records behind a byte offset into the metrics, and the offset to ask from next time.

        A file that has become shorter, since its run was resumed, is read from the start.
        """
        path = self.folder / "metrics.jsonl"
        if not path.is_file():
            return [], 0
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(offset if 0 <= offset <= size else 0)
            start, content = file.tell(), file.read()
        whole = content[: content.rfind(b"\n") + 1]
        return [record for line in whole.splitlines() if (record := _parsed(line))], start + len(whole)

    def epochs(self) -> list[dict]:
        """The records of the finished epochs."""
        return [record for record in self.records()[0] if record.get("kind") == "epoch"]

    def log(self) -> str:
        """The training as text."""
        path = self.folder / "log.txt"
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""

    def forget_after(self, step: int) -> None:
        """Drop the records of steps that were lost in a crash, so that a resumed run does not report them twice."""
        kept = [record for record in self.records()[0] if record["step"] < step]
        self._write("metrics.jsonl", "".join(json.dumps(record) + "\n" for record in kept).encode())

    # What was learnt

    def save(self, state: TrainingState) -> None:
        """Keep what was learnt until now, to go on with and to predict with."""
        position = {"position": json.dumps(state.position())}
        self._write("last.safetensors", safetensors.torch.save(state.tensors(), position))
        self.save_weights(state.weights())

    def save_weights(self, weights: dict[str, torch.Tensor]) -> None:
        """Keep weights to predict with, under the network's own names."""
        self._write("best.safetensors", safetensors.torch.save(weights))

    def restore(self, state: TrainingState) -> None:
        """Bring a TrainingState to where this run was last saved; a run that was never saved starts afresh."""
        path = self.folder / "last.safetensors"
        if not path.is_file():
            return
        try:
            with safe_open(path, framework="pt") as file:
                position = json.loads(file.metadata()["position"])
                names = file.keys()
                state.restore({name: file.get_tensor(name) for name in names}, position)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise UserError(f"{path} is damaged or of another network, so the run cannot be resumed.") from error

    def weights(self) -> dict[str, torch.Tensor]:
        """The weights to predict with, under the network's own names."""
        path = self.folder / "best.safetensors"
        if not path.is_file():
            raise UserError(f"{self.folder} has no trained weights yet (best.safetensors is missing).")
        try:
            return safetensors.torch.load_file(path)
        except (SafetensorError, OSError) as error:
            raise UserError(f"{path} is damaged and cannot be read.") from error

    def figures(self) -> dict | None:
        """What this recipe's trainings with several seeds reached, where that was measured and shipped with the run.

        "test_accuracies", "test_losses" and "train_accuracies" of the last epoch, one a seed from 0 on.
        """
        figures = self._read_json("figures.json")
        return figures if isinstance(figures, dict) else None

    def calibration(self) -> Calibration:
        """How far its certainty can be trusted; the neutral one where that was never measured. UserError if damaged."""
        path = self.folder / "calibration.json"
        if not path.is_file():
            return Calibration()
        try:
            return Calibration(**{name: float(value) for name, value in self._read_json(path.name).items()})
        except (AttributeError, TypeError, ValueError):
            raise UserError(f"{path} is damaged: it should hold a temperature and a threshold.") from None

    def save_calibration(self, calibration: Calibration) -> None:
        """Keep how far its certainty can be trusted."""
        self._write_json("calibration.json", calibration._asdict())

    def network(self) -> nn.Module:
        """The trained network, ready to predict. UserError if there is none yet, or the weights are of another one."""
        network = build(self.recipe.model)
        try:
            network.load_state_dict(self.weights())
        except RuntimeError as error:
            raise UserError(f"The weights in {self.folder} are not those of a {self.recipe.model}.") from error
        return network.eval().to(memory_format=torch.channels_last)

    def weights_version(self) -> int:
        """A number that changes whenever the weights do."""
        return (self.folder / "best.safetensors").stat().st_mtime_ns

    def delete(self) -> None:
        """Remove the folder with all that is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    # Files

    def _append(self, name: str, text: str) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def _write_json(self, name: str, content: dict) -> None:
        self._write(name, (json.dumps(content, indent=2) + "\n").encode())

    def _write(self, name: str, content: bytes) -> None:
        """Replace a file whole: a reader, or a crash, finds the old content or the new one."""
        beside = self.folder / f".{name}.{os.getpid()}"
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # Windows refuses for a moment while another process has the file open for reading.
        for patience in (0.01, 0.05, 0.2, None):
            try:
                return beside.replace(self.folder / name)
            except PermissionError:
                if patience is None:
                    raise
                time.sleep(patience)

    def _read_json(self, name: str):
        try:
            return json.loads((self.folder / name).read_bytes())
        except (OSError, ValueError):
            return None


def _parsed(line: bytes) -> dict | None:
    """A line of the metrics, or None when it is torn or something else."""
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "step" in record else None


def _this_process() -> dict:
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": psutil.Process().create_time()}


def _is_alive(owner: dict | None) -> bool:
    """Whether that very process still runs here; a process id alone may have been given to another one since."""
    try:
        started = psutil.Process(owner["pid"]).create_time()
        return owner["host"] == socket.gethostname() and abs(started - owner["started"]) < 1
    except (psutil.Error, TypeError, KeyError):
        return False


def runs_in(root: Path | str) -> list[Run]:
    """The runs below a folder, newest first; each one's status.json is put right."""
    runs = _runs_below(Path(root))
    for run in runs:
        run.settle()
    return runs


def _runs_below(root: Path) -> list[Run]:
    if not root.is_dir():
        return []
    return [run for folder in sorted(root.iterdir(), reverse=True) if (run := Run(folder)).exists()]


class RunLibrary:
    """The runs that there are to look at and to predict with: those that ship with the project, and the user's own."""

    def __init__(self, root: Path | str, shipped: Path | str = CHECKPOINTS):
        self.root, self.shipped = Path(root), Path(shipped)

    def shipped_runs(self) -> list[Run]:
        """The shipped checkpoints, in the order of the presets."""
        places = {recipe.checkpoint: place for place, recipe in enumerate(RECIPES.values())}
        return sorted(_runs_below(self.shipped), key=lambda run: places.get(run.name, len(places)))

    def own_runs(self) -> list[Run]:
        """The user's runs, newest first."""
        return runs_in(self.root)

    def shipped_figures(self, checkpoint: str) -> dict | None:
        """What a shipped run tells of its recipe's seeds: see `Run.figures`."""
        return Run(self.shipped / checkpoint).figures()

    def find(self, name: str) -> Run:
        """The run of that name. UserError when there is none; a name never leads out of the two folders."""
        for root in (self.shipped, self.root):
            run = Run(root / str(name))
            if run.folder.parent == root and run.exists():
                return run
        raise UserError(f"There is no run '{name}' (any more): choose another one from the list.")


def new_run(root: Path | str, recipe: Recipe, ending: str = "") -> Run:
    """A new run in a folder named after the moment and the network, and whatever sets it apart from other runs."""
    name = f"{datetime.now():%Y%m%d-%H%M%S}-{recipe.model}{ending}"
    taken = {path.name for path in Path(root).glob(f"{name}*")}
    number = next(i for i in range(1, len(taken) + 2) if (name if i == 1 else f"{name}-{i}") not in taken)
    return Run.create(Path(root) / (name if number == 1 else f"{name}-{number}"), recipe)
