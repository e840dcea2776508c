import os
import signal
import subprocess
import sys

import psutil
import pytest
from conftest import PROJECT
from waiting import wait_for

from mnist_core.config import Recipe
from mnist_core.errors import UserError
from mnist_core.jobs import MOST_QUEUED, JobQueue
from mnist_core.runs import Run

LONG = Recipe(epochs=100)


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    jobs = JobQueue(tmp_path_factory.mktemp("runs"))
    jobs.start()
    yield jobs
    jobs.close()
    assert jobs.worker_pid is None


def until(run: Run, *states: str, seconds: float = 60):
    wait_for(lambda: run.status.state in states, seconds, f"one of {states}")


def begun(run: Run):
    wait_for(lambda: run.records()[0], 60, "the first record")


def test_runs_are_trained_one_after_the_other_and_a_stop_keeps_what_was_learnt(jobs):
    first, second = jobs.submit(LONG), jobs.submit(LONG)
    begun(first)
    assert second.status.state == "queued" and [run.name for run in jobs.active()] == [first.name, second.name]
    jobs.stop(first)
    until(first, "stopped")
    assert first.has_weights() and first.status.step > 0
    begun(second)
    jobs.stop(second)
    until(second, "stopped")
    wait_for(lambda: not jobs.active(), what="an empty queue")


def test_a_waiting_run_can_be_stopped_before_it_begins(jobs):
    first, second = jobs.submit(LONG), jobs.submit(LONG)
    jobs.stop(second)
    assert second.status.state == "stopped" and second.name not in [run.name for run in jobs.active()]
    jobs.stop(first)
    until(first, "stopped")


def test_a_stopped_run_goes_on_to_its_end(jobs):
    run = jobs.submit(Recipe(epochs=1, batch_size=1024))
    begun(run)
    jobs.stop(run)
    until(run, "stopped", "finished")
    if run.status.state == "stopped":
        jobs.resume(run)
    until(run, "finished")
    with pytest.raises(UserError, match="has finished"):
        jobs.resume(run)


def test_a_run_at_work_cannot_be_resumed(jobs):
    run = jobs.submit(LONG)
    with pytest.raises(UserError, match="training already"):
        jobs.resume(run)
    jobs.stop(run)
    until(run, "stopped")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_a_worker_that_dies_takes_only_its_run_along(jobs):
    run = jobs.submit(LONG)
    begun(run)
    os.kill(jobs.worker_pid, signal.SIGKILL)
    until(run, "failed")
    assert "unexpectedly" in run.status.error
    after = jobs.submit(Recipe(epochs=1, batch_size=2048))
    until(after, "finished")


def test_a_queue_that_is_full_says_so(jobs):
    runs = [jobs.submit(LONG) for _ in range(MOST_QUEUED)]
    with pytest.raises(UserError, match="wait already"):
        for _ in range(2):
            runs.append(jobs.submit(LONG))
    for run in reversed(runs):
        jobs.stop(run)
    wait_for(lambda: not jobs.active(), what="an empty queue")


def test_a_training_that_cannot_be_done_is_marked_as_failed_and_the_queue_goes_on(jobs):
    run = jobs.submit(LONG)
    begun(run)
    jobs.stop(run)
    until(run, "stopped")
    (run.folder / "last.safetensors").write_bytes(b"damaged")
    jobs.resume(run)
    until(run, "failed")
    assert "last.safetensors is damaged" in run.status.error
    after = jobs.submit(Recipe(epochs=1, batch_size=2048))
    until(after, "finished")


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_no_worker_outlives_the_process_that_started_it(tmp_path):
    """Killed outright, the parent can say nothing; the worker notices that its input has ended."""
    code = (
        "import sys, time\n"
        "from mnist_core.jobs import JobQueue\n"
        "from mnist_core.config import Recipe\n"
        "jobs = JobQueue(sys.argv[1]); jobs.start(); run = jobs.submit(Recipe(epochs=100))\n"
        "while not run.records()[0]: time.sleep(0.05)\n"
        "print(jobs.worker_pid, run.folder, flush=True)\n"
        "time.sleep(100)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    pid, folder = parent.stdout.readline().split()
    parent.kill()
    parent.wait()
    wait_for(lambda: not psutil.pid_exists(int(pid)), 15, "the worker's end")
    assert Run(folder).status.state == "interrupted" and Run(folder).has_weights()
