"""The pad to draw on, with what the network makes of the drawing beside it."""

from pathlib import Path

from ui.component import FileComponent
from ui.reader import Reader


class Sketchpad(FileComponent):
    """Its value is the name of the network that reads.

    What `reader` answers to drawings and pictures is described in `ui.reader.answer`; or it is {"error": SENTENCE}.
    """

    more_js = ("pictures.js",)

    def __init__(self, reader: Reader, value: str):
        super().__init__(Path(__file__).parent, value, [reader.read, reader.read_picture], elem_id="sketchpad")
