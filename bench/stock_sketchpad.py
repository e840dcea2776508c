"""A digit reader as most are built: gr.Sketchpad and a change event. python bench/stock_sketchpad.py PORT

The same network reads the drawing; the pad, and the way of the drawing to the server, are Gradio's own.
"""

import itertools
import sys
from pathlib import Path

import gradio as gr

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mnist_core.predict import Predictor


def main(port: int) -> None:
    """Serve the page. The answer carries a number, so that each one can be told from the one before."""
    predictor = Predictor.load()
    count = itertools.count()

    def read(drawing: dict | None) -> str:
        if drawing is None:
            return f"{next(count)}: nothing"
        return f"{next(count)}: {int(predictor.images([drawing['composite']])[0].argmax())}"

    with gr.Blocks(analytics_enabled=False) as page:
        pad = gr.Sketchpad(type="numpy", canvas_size=(400, 400), elem_id="pad")
        answer = gr.Textbox(elem_id="answer")
        pad.change(read, pad, answer, show_progress="hidden")
    page.launch(server_port=port, quiet=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
