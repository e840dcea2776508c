import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from conftest import PROJECT
from hypothesis import given
from hypothesis import strategies as st
from waiting import wait_for

from mnist_core.config import Recipe
from mnist_core.errors import UserError
from mnist_core.execute import StopRequest, execute
from mnist_core.models import build
from mnist_core.runs import Run, RunLibrary, new_run, runs_in
from mnist_core.state import TrainingState
from mnist_core.train import StepRecord

RECIPE = Recipe(epochs=1, batch_size=64)


def record(step: int) -> StepRecord:
    return StepRecord(step=step, epoch=0, batch=step, loss=1 / 3, accuracy=50.0, lr=0.01, seconds=float(step))


@pytest.fixture
def run(tmp_path) -> Run:
    return Run.create(tmp_path / "run", RECIPE)


def test_a_run_remembers_its_recipe_and_waits(run):
    again = Run(run.folder)
    assert again.recipe == RECIPE and again.status.state == "queued" and again.environment == {}


def test_a_folder_with_a_run_is_not_overwritten(run):
    with pytest.raises(UserError, match="holds a run already"):
        Run.create(run.folder, RECIPE)


def test_records_are_read_from_where_one_left_off(run):
    run.append(record(0))
    first, offset = run.records()
    run.append(record(1))
    second, offset = run.records(offset)
    assert [r["step"] for r in first + second] == [0, 1] and run.records(offset) == ([], offset)


@given(cut=st.integers(1, 80))
def test_a_torn_last_line_is_ignored_until_it_is_whole(tmp_path_factory, cut):
    run = Run.create(tmp_path_factory.mktemp("torn") / "run", RECIPE)
    run.append(record(0))
    path = run.folder / "metrics.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:-cut])
    records, offset = run.records()
    assert [r["step"] for r in records] == [0] and offset == len(whole)
    path.write_bytes(whole + whole)
    assert len(run.records(offset)[0]) == 1


def test_records_behind_the_saved_state_are_forgotten(run):
    for step in range(5):
        run.append(record(step))
    run.forget_after(3)
    assert [r["step"] for r in run.records()[0]] == [0, 1, 2]


def test_what_is_saved_is_what_comes_back(run):
    state = TrainingState(RECIPE)
    state.batch, state.epoch_seconds = 7, 1.5
    run.save(state)
    other = TrainingState(RECIPE.changed(seed=1))
    run.restore(other)
    assert other.position() == state.position()
    assert all(torch.equal(a, b) for a, b in zip(state.tensors().values(), other.tensors().values(), strict=True))
    build("model_1").load_state_dict(run.weights())


def test_a_damaged_file_is_told_in_one_sentence(run):
    state = TrainingState(RECIPE)
    run.save(state)
    for name in ("best.safetensors", "last.safetensors"):
        (run.folder / name).write_bytes(b"not a tensor")
    with pytest.raises(UserError, match="best.safetensors is damaged"):
        run.weights()
    with pytest.raises(UserError, match="last.safetensors is damaged"):
        run.restore(state)
    (run.folder / "recipe.json").write_text("[]")
    with pytest.raises(UserError, match="recipe.json is damaged"):
        _ = Run(run.folder).recipe


def test_a_replaced_file_is_never_seen_half_written(run):
    """A reader in another process reads without a pause while the status is written over and over."""
    code = (
        "import json, sys, time\n"
        "end = time.monotonic() + 1.5\n"
        "while time.monotonic() < end: json.load(open(sys.argv[1]))\n"
    )
    reader = subprocess.Popen([sys.executable, "-c", code, str(run.folder / "status.json")])
    while reader.poll() is None:
        run.set_state("running", error="x" * 5000)
    assert reader.returncode == 0
    assert not [path for path in run.folder.iterdir() if path.name.startswith(".status")]


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there")
def test_status_tells_the_truth_after_a_crash_and_the_run_can_be_resumed(tmp_path):
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "mnist_core", "train", "--epochs", "1", "--batch-size", "512"]
    process = subprocess.Popen([*command, "--out", str(folder)], cwd=PROJECT, stderr=subprocess.DEVNULL)
    run = Run(folder)
    wait_for(lambda: run.exists() and run.status.step > 0, what="a saved state")
    assert run.status.state == "running"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()

    assert run.status.state == "interrupted"
    assert json.loads((folder / "status.json").read_text())["state"] == "running"
    runs_in(tmp_path)
    assert json.loads((folder / "status.json").read_text())["state"] == "interrupted"
    subprocess.run([*command[:4], "--resume", str(folder)], cwd=PROJECT, check=True, stderr=subprocess.DEVNULL)
    assert run.status.state == "finished" and len(run.epochs()) == 1
    steps = [r["step"] for r in run.records()[0] if r["kind"] == "step"]
    assert steps == sorted(set(steps))


def test_a_process_that_got_a_dead_one_s_number_is_not_taken_for_it(run):
    run.set_state("running")
    status = json.loads((run.folder / "status.json").read_text())
    status["owner"]["started"] -= 1000
    (run.folder / "status.json").write_text(json.dumps(status))
    assert run.status.state == "interrupted"


def test_a_failed_training_keeps_its_reason_and_what_was_saved(run, few):
    def load():
        raise UserError("There are no digits.")

    with pytest.raises(UserError):
        execute(run, load, StopRequest())
    assert run.status.state == "failed" and run.status.error == "There are no digits."


def test_execute_leaves_a_whole_run_folder(run, few):
    execute(run, lambda: few, StopRequest())
    names = {path.name for path in run.folder.iterdir()}
    assert names == {"recipe.json", "metrics.jsonl", "log.txt", "status.json", "last.safetensors", "best.safetensors"}
    assert run.environment["precision"] in ("bfloat16", "float32") and "torch" in run.environment
    assert run.status.test_accuracy == run.epochs()[0]["test_accuracy"]
    assert "EPOCH: 0\nLoss=" in run.log() and "Training set: Average loss: " in run.log()


def test_the_library_finds_shipped_and_own_runs_and_never_leads_elsewhere(tmp_path):
    library = RunLibrary(tmp_path / "own")
    own = new_run(library.root, RECIPE)
    assert library.find(own.name).folder == own.folder and library.find("model_1").recipe.model == "model_1"
    Run.create(tmp_path / "elsewhere", RECIPE)
    for name in ("nothing", "../elsewhere", str(tmp_path / "elsewhere"), "", ".", None, 3):
        with pytest.raises(UserError, match="no run"):
            library.find(name)


def test_new_runs_of_the_same_second_get_names_of_their_own(tmp_path):
    names = {new_run(tmp_path, RECIPE).name for _ in range(4)}
    assert len(names) == 4


def test_shipped_runs_are_complete_and_finished():
    for run in RunLibrary("nowhere").shipped_runs():
        assert run.status.state == "finished" and run.status.test_accuracy == run.epochs()[-1]["test_accuracy"]
        assert len(run.epochs()) == run.recipe.epochs and (run.folder / "README.md").is_file()
