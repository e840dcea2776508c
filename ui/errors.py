"""Errors in the page: one clear sentence, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import gradio as gr

from mnist_core.errors import UserError


@contextmanager
def told_to_user() -> Iterator[None]:
    """Show a UserError as a message in the page, and give it to programs as the error of their call."""
    try:
        yield
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error
