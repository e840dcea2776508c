"""The Draw tab: a pad, and what a network makes of the drawing while the pen moves."""

import base64

import gradio as gr

from mnist_core.errors import UserError
from mnist_core.images import open_image
from mnist_core.predict import DEFAULT, PredictorCache
from mnist_core.runs import Run, RunLibrary
from mnist_core.sketch import image_to_pixels, strokes_to_pixels
from ui.collection import Collection, Keeper
from ui.errors import told_to_user
from ui.sketchpad import Sketchpad
from ui.why import Why
from ui.words import certainty, percent, run_label

DEFAULT_MODEL = DEFAULT.name


class Reader:
    """Reads drawings and pictures with any run of the library."""

    def __init__(self, library: RunLibrary):
        self.library = library
        self._cache = PredictorCache()

    def predictor(self, model: str):
        """The network of that name. UserError when there is none, or it has learnt nothing yet."""
        return self._cache.get(self.library.find(model))

    def read(self, drawing: dict) -> dict:
        """What the pad shows of a drawing: see `ui.sketchpad.Sketchpad`."""
        try:
            if not isinstance(drawing, dict):
                raise UserError("A drawing is sent as an object with the model's name and the strokes.")
            predictor = self.predictor(drawing.get("model"))
            pixels = strokes_to_pixels([drawing.get("strokes")])
            return _answer(predictor.pixels(pixels)[0].tolist(), pixels)
        except UserError as error:
            return {"error": str(error)}


def _answer(probabilities: list[float], pixels) -> dict:
    """Probabilities and the picture they were made of, for the page; no digit where there is no ink."""
    drawn = bool(pixels.any())
    return {
        "digit": max(range(10), key=probabilities.__getitem__) if drawn else None,
        "certainty": certainty(probabilities) if drawn else "",
        "probabilities": [round(p, 5) for p in probabilities],
        "pixels": base64.b64encode(pixels.numpy().tobytes()).decode(),
    }


def model_choices(library: RunLibrary) -> list[tuple[str, str]]:
    """What can read a drawing: label and name of each shipped network, then of each run that has learnt something."""
    shipped = [
        (f"{run.name} (shipped, {percent(run.status.test_accuracy)})", run.name) for run in library.shipped_runs()
    ]
    return shipped + [(_own_label(run), run.name) for run in library.own_runs() if run.has_weights()]


def _own_label(run: Run) -> str:
    status = run.status
    known = percent(status.test_accuracy) if status.test_accuracy is not None else "not tested yet"
    return f"{run_label(run)} ({'in training, ' if status.active else ''}{known})"


def build_draw_tab(reader: Reader) -> gr.Dropdown:
    """Lay the tab out and wire it. Returns the choice of network, to be refreshed when the tab is opened."""
    library = reader.library
    model = gr.Dropdown(
        model_choices(library), value=DEFAULT_MODEL, label="Read by", elem_id="draw-model", filterable=False
    )
    pad = Sketchpad(reader.read, DEFAULT_MODEL)
    # Without a function, this happens in the browser alone.
    model.change(None, model, pad, js="(name) => name", api_visibility="private")
    model.focus(
        lambda: gr.Dropdown(model_choices(library)), None, model, show_progress="hidden", api_visibility="private"
    )
    _add_folds(reader, model)
    _add_api(reader)
    return model


def _add_folds(reader: Reader, model: gr.Dropdown) -> None:
    """What only some visitors want to know, below the pad. A fold's content is in the page only while it is open."""
    library = reader.library
    with gr.Accordion("Why this answer", open=False, elem_classes="fold"):
        Why(library, reader.predictor)
    with gr.Accordion("My drawings", open=False, elem_classes="fold"):
        collection = Collection(library)
    Keeper()

    def read_with(name: str):
        return gr.Dropdown(model_choices(library), value=name)

    collection.network_changed(read_with, collection, model, show_progress="hidden", api_visibility="private")


def _add_api(reader: Reader) -> None:
    """The same prediction for programs: /predict takes a picture, /predict_strokes pen points."""

    def result(model: str, pixels) -> dict:
        answer = _answer(reader.predictor(model).pixels(pixels)[0].tolist(), pixels)
        return {"digit": answer["digit"], "probabilities": answer["probabilities"]}

    def predict(image: str | None, model: str) -> dict:
        """Read the digit in a picture, ink dark or light. An empty sheet has no digit."""
        with told_to_user():
            if not image:
                raise UserError("There is no picture: send one as `image`.")
            return result(model, image_to_pixels(open_image(image))[None])

    def predict_strokes(strokes: list, model: str) -> dict:
        """Read a drawing: a list of strokes, each a list of [x, y] points, y down. An empty one has no digit."""
        with told_to_user():
            return result(model, strokes_to_pixels([strokes]))

    # Components that nobody sees: they tell programs what the endpoints take and give.
    with gr.Group(visible=False):
        image = gr.File(label="image")
        strokes = gr.JSON(label="strokes")
        model = gr.Textbox(DEFAULT_MODEL, label="model")
        answer = gr.JSON(label="digit and probabilities")
        gr.Button().click(predict, [image, model], answer, api_name="predict")
        gr.Button().click(predict_strokes, [strokes, model], answer, api_name="predict_strokes")
