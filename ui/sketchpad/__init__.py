"""The pad to draw on, with what the network makes of the drawing beside it."""

from collections.abc import Callable
from pathlib import Path

from ui.component import FileComponent


class Sketchpad(FileComponent):
    """Its value is the name of the network that reads.

    read: called with {"model": NAME, "strokes": [[[x, y], ...], ...]} while the pen moves. It answers with
        {"digit", "certainty", "probabilities", "pixels"}, pixels being 784 bytes in base64, or with {"error"}.
    """

    def __init__(self, read: Callable[[dict], dict], value: str):
        super().__init__(Path(__file__).parent, value, [read], elem_id="sketchpad")
