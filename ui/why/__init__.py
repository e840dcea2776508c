"""Why a network gives its answer: what it relies on, what would change its mind, what its layers and memory hold."""

import base64
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch

from mnist_core.data import Digits, load_mnist
from mnist_core.errors import UserError
from mnist_core.explain import PATCH, STRIDE, Change, FeatureCache, Layer, Probe, feature_maps, nearest_digits, probe
from mnist_core.predict import Predictor
from mnist_core.runs import RunLibrary
from mnist_core.sketch import strokes_to_pixels
from ui.component import FileComponent

COMPARED = 6000  # of the training digits, the first ones
# A drop of the answer's probability that is worth a word.
NOTABLE = 0.02


class Why(FileComponent):
    """The fold's content. It hears of drawings by "sketch:read" on the document, and asks while it is visible."""

    def __init__(self, library: RunLibrary, predictor: Callable[[str], Predictor]):
        features = FeatureCache()

        def explain(drawing: dict) -> dict:
            """The picture with what it shows, and the layers, of {"model", "strokes"}; or {"error"}."""
            try:
                run, pixels = _asked(library, drawing)
                reader = predictor(run.name)
                return _shown(probe(reader, pixels), pixels) | {
                    "layers": [_layer(layer) for layer in feature_maps(reader.network, pixels)]
                }
            except UserError as error:
                return {"error": str(error)}

        def neighbours(drawing: dict) -> dict:
            """The training digits most like a drawing, in the network's eyes; or {"error"}. Slow the first time."""
            try:
                run, pixels = _asked(library, drawing)
                network, digits = predictor(run.name).network, _compared()
                nearest = nearest_digits(network, pixels, digits, features=features.get(run, network, digits))
                images = digits.images[nearest.indices]
                return {"labels": nearest.labels.tolist(), "pixels": _bytes(images)}
            except UserError as error:
                return {"error": str(error)}

        super().__init__(Path(__file__).parent, "", [explain, neighbours], elem_id="why")


@cache
def _compared() -> Digits:
    """The digits that drawings are compared with; copies, so that the rest of MNIST need not stay in memory."""
    return Digits(*(part[:COMPARED].clone() for part in load_mnist().train))


def _asked(library: RunLibrary, drawing: dict):
    """The run and the picture, uint8 [1, 28, 28], that a request is about. UserError when it is not in order."""
    if not isinstance(drawing, dict):
        raise UserError("A drawing is sent as an object with the model's name and the strokes.")
    pixels = strokes_to_pixels([drawing.get("strokes")])[0]
    if not pixels.any():
        raise UserError("There is nothing drawn yet.")
    return library.find(drawing.get("model")), pixels


def _shown(probed: Probe, pixels: torch.Tensor) -> dict:
    """A probe for the page: two pictures as bytes, two sentences, and where the mark goes, in pixels."""
    importance = probed.importance.clamp(min=0)
    relative = 255 * importance / importance.amax().clamp(min=1e-6)
    change = probed.change
    return {
        "pixels": _bytes(pixels),
        "importance": _bytes(relative.round().to(torch.uint8)),
        "relies": relies(probed, pixels),
        "change": what_would_change(probed, pixels),
        "mark": dict(zip("xy", _marked(change, pixels), strict=True)) | {"kind": change.kind},
    }


def _marked(change: Change, pixels: torch.Tensor) -> tuple[float, float]:
    """Where the mark of a change goes, x and y in pixels: the middle of the ink to remove, or of the ink to add."""
    left, top = change.column * STRIDE, change.row * STRIDE
    ink = pixels[0, top : top + PATCH, left : left + PATCH].float()
    if change.kind == "more" or not ink.any():
        return left + PATCH / 2, top + PATCH / 2
    middles = torch.arange(PATCH) + 0.5
    x, y = ((ink.sum(dim=dim) * middles).sum() / ink.sum() for dim in (0, 1))
    return left + x.item(), top + y.item()


def relies(probed: Probe, pixels: torch.Tensor) -> str:
    """What the answer hangs on, in a sentence or two."""
    answer = probed.answer
    now = probed.probabilities[answer].item()
    without = probed.wiped[:, :, answer].exp()
    lowest = without.min().item()
    read = f"Read as a {answer} ({share(now)})."
    if now - lowest < NOTABLE:
        return f"{read} No single place decides: whichever part is wiped out, it stays a {answer}."
    row, column = (int(index) for index in torch.unravel_index(without.argmin(), without.shape))
    return f"{read} It relies most on the ink {place(row, column, pixels)}: without it, {share(lowest)} would be left."


def what_would_change(probed: Probe, pixels: torch.Tensor) -> str:
    """What the runner-up would have needed, in a sentence."""
    change: Change = probed.change
    where = place(change.row, change.column, pixels)
    if change.flips:
        return f"With {change.kind} ink {where} it would be a {change.digit} ({share(change.probability)})."
    if change.probability < 0.01:
        return f"The nearest other digit is {change.digit}, but no single change brings it above 1 %."
    return f"With {change.kind} ink {where} a {change.digit} would come nearest, to {share(change.probability)}."


def place(row: int, column: int, pixels: torch.Tensor) -> str:
    """Where a patch lies on the drawing, by thirds of the box around its ink: "at the top left"."""
    upright = _third(row, pixels[0].amax(dim=1), "top", "bottom")
    across = _third(column, pixels[0].amax(dim=0), "left", "right")
    words = " ".join(filter(None, (upright, across)))
    return f"at the {words}" if words else "in the middle"


def _third(index: int, ink: torch.Tensor, first: str, last: str) -> str:
    """In which third of the lines with ink, uint8 [28], the middle of a patch lies; nothing for the middle one."""
    inked = ink.nonzero()[:, 0]
    low, high = inked[0].item(), inked[-1].item() + 1
    along = (index * STRIDE + PATCH / 2 - low) / (high - low)
    return first if along < 1 / 3 else last if along > 2 / 3 else ""


def share(probability: float) -> str:
    """A probability in whole percent; one that is not quite certain is not called so."""
    if probability < 0.01:
        return "under 1\u00a0%"
    return f"{round(100 * probability)}\u00a0%" if probability < 0.995 else "over 99\u00a0%"


def _layer(layer: Layer) -> dict:
    shown, side = layer.tiles.shape[:2]
    of = f", {shown} of {layer.channels} channels" if shown < layer.channels else f", {shown} channels"
    return {"caption": f"{side}×{side}{of}", "side": side, "count": shown, "tiles": _bytes(layer.tiles)}


def _bytes(pixels: torch.Tensor) -> str:
    return base64.b64encode(pixels.contiguous().numpy().tobytes()).decode()
