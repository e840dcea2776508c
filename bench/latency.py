"""How soon a drawing is read, in a real browser: ours, idle and beside a training, and a stock gr.Sketchpad.

    python bench/latency.py [--strokes 200]

Strokes are drawn with the mouse. Times are taken in the page: from the browser's own time stamp of the pointer event to
the change of the page that shows an answer made of all points drawn until then. For the stock sketchpad: from pen-up to
the change of its answer; it reads nothing before.
"""

import argparse
import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import machine, table, write
from bench.server import BROWSER_ARGUMENTS, free_port, serving

SECONDS_BETWEEN_MOVES = 0.016  # as a mouse reports its place
FOLDS = ("From your drawing to 28x28", "Every network reads the same drawing")
BESIDE = {
    "idle": {},
    "with the X-ray and all networks": {"folds": True},
    "while a training runs": {"training": True},
}

# Takes the time of each pointer event, and of the first answer that covers what was drawn by then.
WATCH_OURS = """() => {
  const root = document.querySelector("#sketchpad .sketch");
  window.lags = {pointermove: [], pointerup: []};
  let open = [];
  const close = () => {
    const read = Number(root.dataset.read);
    open = open.filter(([kind, stamp, drawn]) => {
      if (read < drawn) return true;
      window.lags[kind].push(Math.max(0, performance.now() - stamp));
    });
    window.open_lags = open.length;
  };
  new MutationObserver(close).observe(root, {attributes: true, attributeFilter: ["data-read"]});
  for (const kind of ["pointermove", "pointerup"]) window.addEventListener(kind, (event) => {
    if (event.target.tagName !== "CANVAS" || (kind === "pointermove" && !event.buttons)) return;
    open.push([kind, event.timeStamp, Number(root.dataset.drawn)]);
    close();
  });
}"""

WATCH_STOCK = """() => {
  const answer = document.querySelector("#answer textarea");
  window.lags = {pointerup: []};
  let up = null, last = answer.value;
  window.addEventListener("pointerup", (event) => { up = event.timeStamp; window.open_lags = 1; }, true);
  const look = () => {
    if (up !== null && answer.value !== last) {
      window.lags.pointerup.push(performance.now() - up);
      up = null;
      window.open_lags = 0;
    }
    last = answer.value;
    setTimeout(look, 1);
  };
  look();
}"""


def draw_strokes(page: Page, canvas: str, count: int, clear: str, every: int = 4) -> dict[str, list[float]]:
    """Draw that many strokes, `every` to a drawing; the times until each was read, in milliseconds."""
    chance = random.Random(0)
    box = page.locator(canvas).first.bounding_box()
    side = min(box["width"], box["height"])
    left, top = box["x"] + (box["width"] - side) / 2, box["y"] + (box["height"] - side) / 2

    def place() -> tuple[float, float]:
        return left + chance.uniform(0.2, 0.8) * side, top + chance.uniform(0.2, 0.8) * side

    for stroke in range(count):
        if stroke and stroke % every == 0:
            page.get_by_role("button", name=clear).click()
            page.wait_for_timeout(50)
        (x, y), (to_x, to_y) = place(), place()
        page.mouse.move(x, y)
        page.mouse.down()
        for step in range(1, 13):
            page.mouse.move(x + (to_x - x) * step / 12, y + (to_y - y) * step / 12)
            time.sleep(SECONDS_BETWEEN_MOVES)
        page.mouse.up()
        page.wait_for_function("window.open_lags === 0", timeout=30_000)
    return page.evaluate("window.lags")


def ours(page: Page, url: str, strokes: int, training: bool = False, folds: bool = False) -> dict[str, list[float]]:
    """The times of the Draw tab, with a training under way or not, with the X-ray and all networks open or not."""
    page.goto(url)
    page.locator("#sketchpad canvas").first.wait_for()
    page.wait_for_timeout(4000)  # the worker gets warm
    if training:
        page.get_by_role("tab", name="Train").click()
        page.get_by_role("button", name="Train", exact=True).click()
        page.wait_for_function("document.querySelector('#monitor .state').textContent === 'running'")
        page.wait_for_timeout(2000)
        page.get_by_role("tab", name="Draw").click()
    if folds:
        page.set_viewport_size({"width": 1280, "height": 1900})  # all in view, since only what is seen is asked for
        for name in FOLDS:
            page.get_by_role("button", name=name).click()
        page.locator("#panel tbody tr").first.wait_for()
    page.evaluate(WATCH_OURS)
    draw_strokes(page, "#sketchpad canvas", 5, "Clear")
    page.evaluate("() => { for (const kind in window.lags) window.lags[kind].length = 0; }")
    times = draw_strokes(page, "#sketchpad canvas", strokes, "Clear")
    if training:
        page.get_by_role("tab", name="Train").click()
        assert page.locator("#monitor .state").inner_text() == "running", "the training ended too early"
        page.get_by_role("button", name="Stop").click()
    return times


def stock(page: Page, url: str, strokes: int) -> dict[str, list[float]]:
    """The times of the stock sketchpad."""
    page.goto(url)
    page.get_by_role("button", name="Brush").first.click()
    page.wait_for_timeout(1000)
    page.evaluate(WATCH_STOCK)
    draw_strokes(page, "#pad canvas", 3, "Undo", every=1000)
    page.evaluate("() => { window.lags.pointerup.length = 0; }")
    return draw_strokes(page, "#pad canvas", strokes, "Undo", every=1000)


def main() -> None:
    """Measure all three, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--strokes", type=int, default=200, help="strokes on each page (default: %(default)s)")
    strokes = parser.parse_args().strokes
    rows: dict[str, list[float]] = {}
    our_port, stock_port = free_port(), free_port()
    stock_command = [sys.executable, "bench/stock_sketchpad.py", str(stock_port)]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as runs:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS)
        with serving(stock_command, stock_port) as (url, _):
            times = stock(browser.new_page(), url, strokes)
            rows["pen-up, stock gr.Sketchpad, idle"] = times["pointerup"]
        settings = {"GRADIO_SERVER_PORT": str(our_port), "MNIST_RUNS": runs}
        with serving([sys.executable, "app.py"], our_port, **settings) as (url, _):
            for beside, with_what in BESIDE.items():
                times = ours(browser.new_page(), url, strokes, **with_what)
                rows[f"pen-up, {beside}"] = times["pointerup"]
                rows[f"pen-move, {beside}"] = times["pointermove"]
        browser.close()
    baseline = statistics.median(rows["pen-up, stock gr.Sketchpad, idle"])

    def row(name: str, values: list[float]) -> list[str]:
        median, late = statistics.median(values), statistics.quantiles(values, n=20)[-1]
        return [name, str(len(values)), f"{median:.1f}", f"{late:.1f}", f"{baseline / max(median, 0.1):.0f}"]

    header = ["until the prediction is shown", "events", "median, ms", "95th percentile, ms", "times as fast as stock"]
    note = f"\n{strokes} strokes on each page in Chromium, server and browser on one machine: {machine()}.\n"
    write("latency", table(header, [row(name, values) for name, values in rows.items()]) + note)


if __name__ == "__main__":
    main()
