"""The process that trains, one run after the other, for `jobs.JobQueue`.

It reads commands from its standard input, one JSON object a line, and answers on its standard output in the same way:

    {"train": FOLDER}   train that run to its end; answered by {"done": FOLDER}
    {"stop": FOLDER}    end that run soon, and keep what was learnt

When its input ends, because the app closed it or died, a training is interrupted and the process exits: no orphans.
"""

import contextlib
import json
import os
import queue
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from functools import cache

from mnist_core.config import Recipe
from mnist_core.data import MNIST, Digits, load_mnist
from mnist_core.device import choose_device, give_back_memory, leave_out_triton
from mnist_core.errors import UserError
from mnist_core.execute import StopRequest, execute
from mnist_core.runs import Run
from mnist_core.train import fit


class _Commands:
    """What was asked for, read by a thread of its own, so that a stop is heard in mid-training."""

    def __init__(self):
        self.folders: queue.Queue[str | None] = queue.Queue()
        self.stops: dict[str, StopRequest] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            command = json.loads(line)
            if "train" in command:
                self.stops[command["train"]] = StopRequest()
                self.folders.put(command["train"])
            elif stop := self.stops.get(command.get("stop")):
                stop.make("stopped")
        for stop in list(self.stops.values()):
            stop.make("interrupted")
        self.folders.put(None)


def main() -> None:
    """Serve until the standard input ends."""
    # Ctrl-C reaches the whole group of processes; the app alone answers it, and closes this process's input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Drawing and the page come first: a training takes what they leave.
    if hasattr(os, "nice"):
        os.nice(5)
    leave_out_triton()
    commands = _Commands()
    load = cache(lambda: load_mnist(device=choose_device(os.environ.get("MNIST_DEVICE", "auto"))))
    _warm_up(load)
    give_back_memory()
    while (folder := commands.folders.get()) is not None:
        try:
            execute(Run(folder), load, commands.stops[folder])
        except UserError:
            pass  # the run's status says it
        except Exception:  # the run's status says it in a sentence, and the server's log the whole of it
            traceback.print_exc()
        give_back_memory()
        del commands.stops[folder]
        with contextlib.suppress(BrokenPipeError):  # the app is gone
            print(json.dumps({"done": folder}), flush=True)


def _warm_up(load: Callable[[], MNIST]) -> None:
    """Load the digits and take a few steps before the first click on Train: the first ones take a second longer."""
    try:
        train, test = load()
    except UserError:
        return  # the first run will say what is wrong with the digits
    few = MNIST(Digits(train.images[:512], train.labels[:512]), Digits(test.images[:500], test.labels[:500]))
    for _ in fit(Recipe(epochs=1), few):
        pass


if __name__ == "__main__":
    main()
