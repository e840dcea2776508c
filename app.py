"""Digit Lab: train a small digit network, watch it learn, draw against it. `python app.py`, or a Gradio Space."""

import signal
import threading

from mnist_core.device import give_back_memory
from mnist_core.jobs import JobQueue
from mnist_core.runs import RunLibrary, runs_root
from ui.page import build_page, launch


def main() -> None:
    """Serve the page until Ctrl-C or a request to terminate; then end the training process, which saves its run."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    root = runs_root()
    jobs = JobQueue(root)
    page = build_page(RunLibrary(root), jobs)
    print(f"Digit Lab: {launch(page)}   (Ctrl-C ends it)", flush=True)
    # Only now, so that the page comes up first; the worker is warm some seconds later.
    jobs.start()
    give_back_memory()
    ended.wait()
    jobs.close()
    page.close()


if __name__ == "__main__":
    main()
