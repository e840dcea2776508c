"""Servers and the browser that the benchmarks measure."""

import os
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

from bench.report import PROJECT

BROWSER_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@contextmanager
def serving(command: list[str], port: int, **environment: str):
    """A server as a process of its own; gives its address, once it answers, and the process."""
    process = subprocess.Popen(command, cwd=PROJECT, env=os.environ | environment, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(3000):
            try:
                urllib.request.urlopen(url, timeout=5).close()
                break
            except OSError:
                time.sleep(0.02)
        yield url, process
    finally:
        process.terminate()
        process.wait(20)
