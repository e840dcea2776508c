import json
import signal
import subprocess
import sys

import numpy as np
import pytest
from conftest import PROJECT
from PIL import Image
from waiting import wait_for

from mnist_core.runs import Run

SHIPPED = "checkpoints/model_1"


def cli(*arguments, **options) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "mnist_core", *map(str, arguments)]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, **options)


def test_summary_prints_the_published_table():
    published = (PROJECT / "tests" / "published" / "model_1-layers.txt").read_text(encoding="utf-8")
    assert cli("summary", "model_1").stdout == published
    assert "model_1: " in cli("summary").stdout


def test_evaluate_gives_what_the_shipped_run_reported():
    done = cli("evaluate", SHIPPED, "--json", "--device", "cpu")
    result, reported = json.loads(done.stdout), Run(PROJECT / SHIPPED).epochs()[-1]
    assert abs(result["test_accuracy"] - reported["test_accuracy"]) <= 0.02
    assert abs(result["test_loss"] - reported["test_loss"]) < 1e-3
    assert result["model"] == "model_1"


def test_train_looks_like_the_published_log_and_keeps_the_same_text(tmp_path):
    done = cli("train", "--recipe", "seed", "--seed", 3, "--epochs", 1, "--batch-size", 1024, "--out", tmp_path / "run")
    assert done.returncode == 0, done.stderr
    run = Run(tmp_path / "run")
    assert run.status.state == "finished" and run.recipe.seed == 3
    epoch = run.epochs()[0]
    correct, accuracy = epoch["train_correct"], epoch["train_accuracy"]
    line = f"Accuracy: {correct}/60000 ({accuracy:.2f}%)"
    assert "EPOCH: 0" in done.stdout and line in done.stdout and line in run.log()
    assert f"Test set: Average loss: {epoch['test_loss']:.4f}" in done.stdout
    assert "Batch_id=58 " in done.stderr and "100%" in done.stderr and "59/59" in run.log()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT there")
def test_ctrl_c_stops_keeps_what_was_learnt_and_says_how_to_go_on(tmp_path):
    command = [sys.executable, "-m", "mnist_core", "train", "--epochs", "50", "--out", str(tmp_path / "run")]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    run = Run(tmp_path / "run")
    wait_for(lambda: run.exists() and run.records()[0], what="the first record")
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=20)
    assert process.returncode == 0 and "Traceback" not in errors
    assert f"--resume {run.folder}" in output
    assert run.status.state == "stopped" and run.has_weights()


def test_predict_reads_image_files(mnist, tmp_path):
    paths = []
    for index in range(3):
        paths.append(tmp_path / f"{index}.png")
        Image.fromarray(255 - mnist.test.images[index, 0].numpy()).save(paths[-1])
    lines = cli("predict", SHIPPED, *paths).stdout.splitlines()
    assert [int(line.split(": ")[1].split()[0]) for line in lines] == [7, 2, 1]


def test_predict_names_an_empty_picture_and_goes_on_after_a_bad_file(mnist, tmp_path):
    Image.fromarray(np.full((40, 40), 255, np.uint8)).save(tmp_path / "empty.png")
    Image.fromarray(mnist.test.images[0, 0].numpy()).save(tmp_path / "seven.png")
    done = cli("predict", SHIPPED, tmp_path / "missing.png", tmp_path / "empty.png", tmp_path / "seven.png")
    assert done.returncode == 1 and "no file" in done.stderr
    assert "empty.png: no digit" in done.stdout and "seven.png: 7" in done.stdout


def test_runs_lists_what_there_is(tmp_path):
    assert "No runs" in cli("runs", tmp_path).stdout
    assert "model_1" in cli("runs", "checkpoints").stdout and "finished" in cli("runs", "checkpoints").stdout


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["train", "--lr", "5"], "Learning rate must lie between"),
        (["train", "--epochs", "0"], "Epochs must lie between"),
        (["train", "--recipe", "none"], "no recipe 'none'"),
        (["train", "--optimizer", "none"], "no optimizer 'none'; choose one of: sgd, adamw"),
        (["train", "--rotation", "90"], "a 6 is a 9"),
        (["train", "--model", "none"], "no network 'none'"),
        (["train", "--out", SHIPPED], "holds a run already"),
        (["train", "--resume", "nowhere"], "nowhere is no run"),
        (["train", "--resume", SHIPPED, "--epochs", "3"], "the run's own recipe"),
        (["train", "--resume", SHIPPED], "has finished"),
        (["evaluate", "nowhere"], "nowhere is no run"),
        (["predict", "nowhere", "x.png"], "nowhere is no run"),
        (["summary", "none"], "no network 'none'"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_and_nothing_is_left_behind(arguments, sentence, tmp_path):
    done = cli(*arguments, env={"PATH": "", "MNIST_RUNS": str(tmp_path / "runs")})
    assert done.returncode == 1 and sentence in done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("command", ["", "train", "evaluate", "predict", "summary", "runs"])
def test_help_reads_well(command):
    done = cli(*command.split(), "--help")
    assert done.returncode == 0 and "usage: python -m mnist_core" in done.stdout
