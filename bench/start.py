"""From `python app.py` to a page that reads and trains, and its memory. python bench/start.py [--times 5]"""

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from bench.server import BROWSER_ARGUMENTS, free_port, serving

SECONDS_TO_IDLE = 8  # until the worker is warm


def one_start(browser: Browser, runs: str) -> dict[str, float]:
    """Start the app once and use it: seconds since the command, and megabytes of private memory when idle."""
    port = free_port()
    started = time.perf_counter()
    since: dict[str, float] = {}

    def note(what: str) -> None:
        since[what] = time.perf_counter() - started

    with serving([sys.executable, "app.py"], port, GRADIO_SERVER_PORT=str(port), MNIST_RUNS=runs) as (url, process):
        note("the server answers, s")
        page = browser.new_page()
        page.goto(url)
        canvas = page.locator("#sketchpad canvas").first
        canvas.wait_for()
        note("the pad can be drawn on, s")
        box = canvas.bounding_box()
        x = box["x"] + box["width"] / 2
        page.mouse.move(x, box["y"] + 50)
        page.mouse.down()
        page.mouse.move(x, box["y"] + 300, steps=5)
        page.mouse.up()
        page.wait_for_function("Number(document.querySelector('#sketchpad .sketch').dataset.read) > 1")
        note("the first drawing is read, s")
        time.sleep(SECONDS_TO_IDLE)
        app = psutil.Process(process.pid)
        (worker,) = app.children()
        memory = {"app": app.memory_full_info().uss / 1e6, "worker": worker.memory_full_info().uss / 1e6}
        training = start_and_stop(page)
        page.close()
    return (
        since
        | {
            "private memory of the app, MB": memory["app"],
            "private memory of the idle worker, MB": memory["worker"],
            "both, MB": sum(memory.values()),
        }
        | training
    )


def start_and_stop(page: Page) -> dict[str, float]:
    """Seconds from the click on Train to the first point of the curve, and from the click on Stop to the end."""
    state = "document.querySelector('#monitor .state').textContent"
    points = "document.querySelector('#monitor .plot.loss').data?.[1].x.length"
    page.get_by_role("tab", name="Train").click()
    page.wait_for_timeout(3000)
    clicked = time.perf_counter()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function(f"{state} === 'running' && {points} > 0")
    shown = time.perf_counter() - clicked
    page.wait_for_timeout(3000)
    clicked = time.perf_counter()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_function(f"{state} === 'stopped'")
    return {"Train clicked, first point shown, s": shown, "Stop clicked, stopped, s": time.perf_counter() - clicked}


def main() -> None:
    """Measure several starts, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="starts (default: %(default)s)")
    times = parser.parse_args().times
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as runs:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS)
        starts = [one_start(browser, runs) for _ in range(times)]
        browser.close()

    def row(name: str) -> list[str]:
        values = [start[name] for start in starts]
        digits = 1 if name.endswith(", s") else 0
        return [name, *(f"{value:.{digits}f}" for value in (statistics.median(values), min(values), max(values)))]

    header = ["from `python app.py` on", "median", "least", "most"]
    note = (
        f"\n{times} starts with packages and files in the disk's cache; private is the unique set size; {machine()}.\n"
    )
    write("start", table(header, [row(name) for name in starts[0]]) + note)


if __name__ == "__main__":
    main()
