"""The queue of training runs, and the worker process that trains them one at a time.

Training never runs in the app's own process: it outlives the tab that started it, it does not slow the drawing down,
and it can crash alone. One worker is kept warm, with torch imported and the digits loaded.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path

from mnist_core.config import Recipe
from mnist_core.data import PROJECT
from mnist_core.errors import UserError
from mnist_core.runs import Run, new_run

MOST_QUEUED = 10
SECONDS_TO_END = 5.0


class JobQueue:
    """Trains runs one after the other, in the order in which they were asked for. Safe to use from any thread."""

    def __init__(self, root: Path | str):
        self.root = Path(root)
        self._waiting: deque[Run] = deque()
        self._current: Run | None = None
        self._worker: _Worker | None = None
        self._closing = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._serve, name="training-queue", daemon=True)

    def start(self) -> None:
        """Start the worker, so that it is warm when the first run comes."""
        self._thread.start()

    def submit(self, recipe: Recipe) -> Run:
        """Queue a new run. UserError when too many wait already, or the folder for runs cannot be written."""
        with self._changed:
            self._refuse_if_full()
            return self._enqueue(new_run(self.root, recipe))

    def resume(self, run: Run) -> Run:
        """Queue a run that stopped, to go on where it did. UserError when it is at work, or has finished."""
        with self._changed:
            status = run.status
            if status.active:
                raise UserError(f"{run.name} is training already.")
            if status.state == "finished":
                raise UserError(f"{run.name} has finished all its {status.epochs} epochs: train a new run instead.")
            self._refuse_if_full()
            run.set_state("queued", error=None)
            return self._enqueue(run)

    def _refuse_if_full(self) -> None:
        if len(self._waiting) >= MOST_QUEUED:
            raise UserError(f"{MOST_QUEUED} trainings wait already: stop one, or come back when one has ended.")

    def _enqueue(self, run: Run) -> Run:
        self._waiting.append(run)
        self._changed.notify_all()
        return run

    def stop(self, run: Run) -> None:
        """End a run soon, and keep what it has learnt; a waiting one never begins. Nothing happens to other runs."""
        with self._changed:
            if self._current and self._current.name == run.name:
                if self._worker:
                    self._worker.tell({"stop": str(self._current.folder.resolve())})
                return
            for waiting in [waiting for waiting in self._waiting if waiting.name == run.name]:
                self._waiting.remove(waiting)
                waiting.set_state("stopped")

    def active(self) -> list[Run]:
        """The run in training, then those that wait."""
        with self._changed:
            return ([self._current] if self._current else []) + list(self._waiting)

    @property
    def worker_pid(self) -> int | None:
        """The worker's process id, while there is one."""
        worker = self._worker
        return worker.process.pid if worker and worker.is_alive() else None

    def close(self) -> None:
        """End the worker: what it trains is interrupted and can be resumed, what waits never begins."""
        with self._changed:
            self._closing = True
            for run in self._waiting:
                run.set_state("interrupted")
            self._waiting.clear()
            worker = self._worker
            self._changed.notify_all()
        if worker:
            worker.close()

    def _serve(self) -> None:
        """Hand the worker one run after the other; a worker that died is replaced."""
        while True:
            with self._changed:
                if self._closing:
                    return
                if not (self._worker and self._worker.is_alive()):
                    self._worker = _Worker()
                if not self._waiting:
                    self._changed.wait()
                    continue
                self._current, worker = self._waiting.popleft(), self._worker
                # Told here, under the lock, so that a stop cannot overtake it.
                worker.tell({"train": str(self._current.folder.resolve())})
            worker.wait_until_done()
            with self._changed:
                if self._current.status.active or not worker.is_alive():
                    self._note_death(self._current)
                self._current = None

    def _note_death(self, run: Run) -> None:
        """Say so in a run's status when its worker died in the middle of it."""
        if not self._closing and run.status.state in ("queued", "running", "interrupted"):
            error = "The training ended unexpectedly, perhaps for lack of memory. Resume goes on where it was."
            run.set_state("failed", error=error)


class _Worker:
    """The process of `mnist_core.worker`, and the conversation with it."""

    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mnist_core.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=PROJECT,
        )

    def is_alive(self) -> bool:
        return self.process.poll() is None

    def tell(self, command: dict) -> None:
        """Send a command. A worker that is gone does not hear it, which `wait_until_done` finds out."""
        with contextlib.suppress(OSError, ValueError):
            print(json.dumps(command), file=self.process.stdin, flush=True)

    def wait_until_done(self) -> None:
        """Wait for the end of the run that it was told to train, or for its own."""
        for line in self.process.stdout:
            if "done" in json.loads(line):
                return
        self.process.wait()

    def close(self) -> None:
        """Close its input, upon which it saves and ends; end it by force when it does not."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
