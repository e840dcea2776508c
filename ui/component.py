"""Components of our own: a gr.HTML whose markup, style and behaviour are real files beside its Python."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import gradio as gr
import plotly

PLOTLY_JS = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

SHARED_CSS = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
PIXELS_JS = (Path(__file__).parent / "pixels.js").read_text(encoding="utf-8")


class FileComponent(gr.HTML):
    """A gr.HTML made of NAME.html, NAME.css and NAME.js in `folder`, where NAME is the folder's own.

    The markup is fixed: nothing in it depends on the value, so that Gradio never renders it anew, which would blank a
    canvas and make plots forget their zoom. The JavaScript hears of a new value by `watch`, and calls the server
    functions, which go past Gradio's queue. Anybody can send them anything, so they check what they get.
    """

    shared_js = ""  # comes before the component's own
    more_js: tuple[str, ...] = ()  # names of files in the folder that go on where the component's own ends

    def __init__(self, folder: Path, value=None, server_functions: list[Callable] = (), **props):
        def content(ending: str) -> str:
            return beside(f"{folder.name}.{ending}")

        def beside(name: str) -> str:
            return (folder / name).read_text(encoding="utf-8")

        super().__init__(
            value,
            html_template=content("html"),
            css_template=SHARED_CSS + content("css"),
            js_on_load=PIXELS_JS + self.shared_js + content("js") + "".join(map(beside, self.more_js)),
            apply_default_css=False,
            server_functions=[_plain(function) for function in server_functions],
            **props,
        )


class PlotComponent(FileComponent):
    """A FileComponent whose JavaScript can draw plots, by what is in plots.js."""

    shared_js = (Path(__file__).parent / "plots.js").read_text(encoding="utf-8")

    def __init__(self, folder: Path, value=None, server_functions: list[Callable] = (), **props):
        gr.set_static_paths([PLOTLY_JS])
        super().__init__(folder, value, server_functions, plotly=f"gradio_api/file={PLOTLY_JS}", **props)


class DrawingComponent(FileComponent):
    """A FileComponent that follows what is drawn on the pad while it can be seen, by what is in follow.js."""

    shared_js = (Path(__file__).parent / "follow.js").read_text(encoding="utf-8")


def _plain(function: Callable) -> Callable:
    """The same as a plain function of one argument: Gradio marks server functions, and methods cannot be marked."""

    @wraps(function)
    def call(data):
        return function(data)

    return call
