"""Reads drawings and pictures for the page: the same answer for the pad and for programs."""

import base64
import itertools

from mnist_core.errors import UserError
from mnist_core.images import decode_image
from mnist_core.number import Reading, read_picture, read_strokes
from mnist_core.predict import DEFAULT, Predictor, PredictorCache
from mnist_core.runs import RunLibrary
from ui.words import certainty, doubt


class Reader:
    """Reads drawings with any run of the library."""

    def __init__(self, library: RunLibrary):
        self.library = library
        self._cache = PredictorCache()

    def predictor(self, model: str) -> Predictor:
        """The network of that name. UserError when there is none, or it has learnt nothing yet."""
        return self._cache.get(self.library.find(model))

    def read(self, drawing: dict) -> dict:
        """What the pad shows of a drawing, {"model": NAME, "strokes": [[[x, y], ...], ...]}: see `answer`."""
        try:
            if not isinstance(drawing, dict):
                raise UserError("A drawing is sent as an object with the model's name and the strokes.")
            predictor = self.predictor(drawing.get("model", DEFAULT.name))
            return answer(read_strokes(predictor, drawing.get("strokes")))
        except UserError as error:
            return {"error": str(error)}

    def read_picture(self, picture: dict) -> dict:
        """What the pad shows of a picture, {"model": NAME, "data": an image file in base64}: see `answer`."""
        try:
            if not isinstance(picture, dict) or not isinstance(picture.get("data"), str):
                raise UserError("A picture is sent as an object with the model's name and the file in base64.")
            predictor = self.predictor(picture.get("model", DEFAULT.name))
            try:
                file = base64.b64decode(picture["data"], validate=True)
            except ValueError:
                raise UserError("The picture arrived damaged: send it again.") from None
            readings = read_picture(predictor, decode_image(file))
            if not readings:
                raise UserError("There is no ink in that picture: take it nearer, or with more light.")
            return answer(readings)
        except UserError as error:
            return {"error": str(error)}


def answer(readings: list[Reading]) -> dict:
    """What was read, for the page: its "number" in full, lines apart by a space, and its "digits", line by line.

    Of each digit: "digit", None where the network is not sure enough to name one; its "line"; "said", the digit or why
    there is none; "certainty" in words; "probabilities"; "pixels", 784 bytes in base64; and "box", where it was drawn.
    """
    digits = [_digit(reading) for reading in readings]
    lines = itertools.groupby(digits, key=lambda digit: digit["line"])
    number = " ".join("".join("?" if d["digit"] is None else str(d["digit"]) for d in line) for _, line in lines)
    return {"number": number, "digits": digits}


def for_programs(readings: list[Reading]) -> dict:
    """What was read, for programs: "number"; "digits", each with "digit", "certain" and "probabilities"; and for a
    single digit these at the top as well. A "digit" is the likeliest one; None where there is not exactly one.
    """
    digits = [
        {
            "digit": int(reading.probabilities.argmax()),
            "certain": reading.accepted,
            "probabilities": [round(p, 5) for p in reading.probabilities.tolist()],
        }
        for reading in readings
    ]
    nothing = {"digit": None, "certain": False, "probabilities": [0.1] * 10}
    return (digits[0] if len(digits) == 1 else nothing) | {"number": answer(readings)["number"], "digits": digits}


def _digit(reading: Reading) -> dict:
    probabilities = reading.probabilities.tolist()
    digit = max(range(10), key=probabilities.__getitem__)
    said, certain = (str(digit), certainty(probabilities)) if reading.accepted else doubt(probabilities)
    return {
        "digit": digit if reading.accepted else None,
        "line": reading.line,
        "said": said,
        "certainty": certain,
        "probabilities": [round(p, 5) for p in probabilities],
        "pixels": base64.b64encode(reading.pixels.numpy().tobytes()).decode(),
        "box": [round(side, 4) for side in reading.box],
    }
