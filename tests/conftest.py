"""Fixtures: real digits, the real app as a process of its own, its client, and a real browser."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from pages import opened
from waiting import wait_for

from mnist_core.data import MNIST, Digits, load_mnist

# How long an example takes says more of what else the machine does than of us.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

PROJECT = Path(__file__).resolve().parent.parent
BROWSER_ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update --disable-sync "
    "--no-first-run --use-fake-ui-for-media-stream --use-fake-device-for-media-stream"
).split()


@pytest.fixture(scope="session")
def mnist() -> MNIST:
    return load_mnist()


@pytest.fixture(scope="session")
def few(mnist) -> MNIST:
    """600 training and 200 test digits, for what does not depend on how many there are."""
    return MNIST(
        Digits(mnist.train.images[:600], mnist.train.labels[:600]),
        Digits(mnist.test.images[:200], mnist.test.labels[:200]),
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


@contextmanager
def running_app(runs: Path, command=(sys.executable, "app.py"), port: int | None = None, **environment: str):
    """The app as a user starts it; gives its address and its process, and ends it as Ctrl-C does."""
    port = port or free_port()
    base = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "SYSTEMROOT", "TEMP") if name in os.environ}
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=base
        | {"MNIST_RUNS": str(runs), "GRADIO_SERVER_PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
        | environment,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(url) or process.poll() is not None, 60, "the app's start")
        assert process.poll() is None, "the app ended at once"
        yield url, process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def app(runs_folder):
    with running_app(runs_folder) as (url, _):
        yield url


@pytest.fixture(scope="session")
def client(app):
    from gradio_client import Client

    return Client(app, verbose=False)


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        browser = playwright.chromium.launch(executable_path=installed, args=BROWSER_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(app, browser):
    """The app's page; whatever it complains of, or asks of other hosts, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield from opened(context, app)


@pytest.fixture
def phone(app, browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, device_scale_factor=2)
    yield from opened(context, app)
