"""The whole app from outside, through gradio_client."""

import re
import shutil
import signal
import sys

import numpy as np
import psutil
import pytest
from conftest import PROJECT, answers, running_app
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from waiting import wait_for

from mnist_core.runs import Run

ONE = [[[50, 20], [50, 160], [50, 300]]]


@pytest.fixture(scope="module")
def seven(mnist, tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "seven.png"
    Image.fromarray(255 - mnist.test.images[0, 0].numpy()).save(path)
    return path


def test_a_drawing_is_read(client):
    answer = client.predict(ONE, api_name="/predict_strokes")
    assert answer["digit"] == 1 and len(answer["probabilities"]) == 10
    assert abs(sum(answer["probabilities"]) - 1) < 1e-3


def test_a_number_is_read_digit_by_digit(client):
    seven = [[[120, 40], [200, 40], [170, 130], [150, 300]]]
    answer = client.predict(ONE + seven, api_name="/predict_strokes")
    assert answer["number"] == "17" and answer["digit"] is None
    assert [digit["digit"] for digit in answer["digits"]] == [1, 7]


def test_a_picture_is_read(client, seven):
    assert client.predict(handle_file(seven), "model_1", api_name="/predict")["digit"] == 7


def test_where_nothing_is_drawn_there_is_no_digit(client, tmp_path):
    assert client.predict([], api_name="/predict_strokes")["digit"] is None
    Image.fromarray(np.full((60, 60), 255, np.uint8)).save(tmp_path / "empty.png")
    answer = client.predict(handle_file(tmp_path / "empty.png"), api_name="/predict")
    assert answer == {"digit": None, "certain": False, "probabilities": [0.1] * 10, "number": "", "digits": []}


@pytest.mark.parametrize(
    "strokes, model, sentence",
    [
        ([[[1, 2, 3]]], "model_1", "A drawing is a list of strokes"),
        ("text", "model_1", "A drawing is a list of strokes"),
        (ONE, "../../etc", "no run"),
        (ONE, "nothing", "no run 'nothing'"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(client, strokes, model, sentence):
    with pytest.raises(AppError, match=sentence):
        client.predict(strokes, model, api_name="/predict_strokes")


def test_a_file_that_is_no_picture_is_told_in_one_sentence(client, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(AppError, match="no image that can be read"):
        client.predict(handle_file(tmp_path / "text.png"), api_name="/predict")


def test_a_training_runs_stops_and_goes_on(client, runs_folder):
    def state():
        return client.predict(name, api_name="/run")["state"]

    name = client.predict("seed", {"epochs": 1, "batch_size": 512}, api_name="/train")["run"]
    wait_for(lambda: Run(runs_folder / name).records()[0], what="the first record")
    client.predict(name, api_name="/stop")
    wait_for(lambda: state() in ("stopped", "finished"), 5, "the end")
    if state() == "stopped":
        with pytest.raises(AppError, match=r"no run 'nothing'"):
            client.predict("nothing", api_name="/resume")
        client.predict(name, api_name="/resume")
    wait_for(lambda: state() == "finished", 60, "the end of the training")
    run = client.predict(name, api_name="/run")
    assert len(run["epochs"]) == 1 and run["step"] == run["steps"]
    assert name == client.predict(api_name="/runs")[0]
    assert client.predict(ONE, name, api_name="/predict_strokes")["probabilities"]


def test_a_recipe_beyond_its_limits_is_refused_with_the_reason(client):
    with pytest.raises(AppError, match="Learning rate must lie between"):
        client.predict("seed", {"lr": 7}, api_name="/train")
    with pytest.raises(AppError, match="no schedule 'x'; choose one of: constant, one_cycle"):
        client.predict("model_2", {"schedule": "x"}, api_name="/train")
    with pytest.raises(AppError, match="no network 'x'"):
        client.predict("seed", {"model": "x"}, api_name="/train")


def test_the_documented_example_works(app, seven, tmp_path, monkeypatch, capsys):
    """The Python block in the README's chapter on programs, against this app and with a picture of its own."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n(from gradio_client.*?)```", readme, re.DOTALL)[1]
    shutil.copyfile(seven, tmp_path / "seven.png")
    monkeypatch.chdir(tmp_path)
    exec(compile(example.replace("http://127.0.0.1:7860", app), "README.md", "exec"), {})
    assert capsys.readouterr().out.split()[-2:] == ["7", "1"]


def free_of_a_listener(port: int) -> bool:
    return not answers(f"http://127.0.0.1:{port}")


@pytest.mark.skipif(sys.platform == "win32", reason="users and signals of Unix")
def test_it_starts_as_a_space_starts_it_and_ends_cleanly(tmp_path):
    """Somebody without rights, no home and no caches, all addresses, port 7860; Ctrl-C leaves no process behind."""
    if not free_of_a_listener(7860):
        pytest.skip("port 7860 is taken by another app")
    command = [sys.executable, "app.py"]
    if psutil.Process().uids().real == 0 and shutil.which("setpriv"):
        # Python itself may lie in root's home: reading is allowed everywhere, writing where nobody may.
        nobody = "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +dac_read_search"
        command = [*nobody.split(), "--ambient-caps", "+dac_read_search", *command]
    caches = tmp_path / "tmp"
    caches.mkdir()
    caches.chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    environment = {"GRADIO_SERVER_NAME": "0.0.0.0", "HOME": "/nonexistent", "TMPDIR": str(caches)}
    runs = caches / "runs"
    with running_app(runs, command, port=7860, **environment) as (url, process):
        client = Client(url, verbose=False)
        assert client.predict(ONE, api_name="/predict_strokes")["digit"] == 1
        name = client.predict("seed", {"epochs": 50}, api_name="/train")["run"]
        wait_for(lambda: Run(runs / name).records()[0], 60, "the first record")
        family = [process, *psutil.Process(process.pid).children(recursive=True)]
        assert len(family) > 1
        process.send_signal(signal.SIGINT)
        assert process.wait(15) == 0
    wait_for(lambda: not any(psutil.pid_exists(member.pid) for member in family[1:]), 5, "the worker's end")
    assert Run(runs / name).status.state == "interrupted" and Run(runs / name).has_weights()
