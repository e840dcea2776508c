"""Components of our own: a gr.HTML whose markup, style and behaviour are real files beside its Python."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from gradio.events import Dependency

class FileComponent(gr.HTML):
    """A gr.HTML made of NAME.html, NAME.css and NAME.js in `folder`, where NAME is the folder's own.

    The markup is fixed: nothing in it depends on the value, so that Gradio never renders it anew, which would blank a
    canvas and make plots forget their zoom. The JavaScript hears of a new value by `watch`, and calls the server
    functions, which go past Gradio's queue. Anybody can send them anything, so they check what they get.
    """

    def __init__(self, folder: Path, value=None, server_functions: list[Callable] = (), **props):
        def content(ending: str) -> str:
            return (folder / f"{folder.name}.{ending}").read_text(encoding="utf-8")

        super().__init__(
            value,
            html_template=content("html"),
            css_template=content("css"),
            js_on_load=content("js"),
            apply_default_css=False,
            server_functions=[_plain(function) for function in server_functions],
            **props,
        )
    from typing import Callable, Literal, Sequence, Any, TYPE_CHECKING
    from gradio.blocks import Block
    if TYPE_CHECKING:
        from gradio.components import Timer
        from gradio.components.base import Component