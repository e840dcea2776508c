"""The Draw tab: a pad, and what a network makes of the drawing while the pen moves."""

import gradio as gr

from mnist_core.errors import UserError
from mnist_core.images import open_image
from mnist_core.number import read_picture, read_strokes
from mnist_core.predict import DEFAULT
from mnist_core.runs import Run, RunLibrary
from ui.collection import Collection, Keeper
from ui.errors import told_to_user
from ui.panel import Panel
from ui.reader import Reader, for_programs
from ui.sketchpad import Sketchpad
from ui.why import Why
from ui.words import percent, run_label
from ui.xray import XRay

DEFAULT_MODEL = DEFAULT.name


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
    pad = Sketchpad(reader, DEFAULT_MODEL)
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
    with gr.Accordion("From your drawing to 28x28", open=False, elem_classes="fold", elem_id="xray-fold"):
        XRay(reader.predictor)
    with gr.Accordion("Every network reads the same drawing", open=False, elem_classes="fold", elem_id="panel-fold"):
        Panel(library, reader.predictor)
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

    def predict(image: str | None, model: str) -> dict:
        """Read the digits in a picture, ink dark or light. An empty sheet has none."""
        with told_to_user():
            if not image:
                raise UserError("There is no picture: send one as `image`.")
            return for_programs(read_picture(reader.predictor(model), open_image(image)))

    def predict_strokes(strokes: list, model: str) -> dict:
        """Read a drawing: a list of strokes, each a list of [x, y] points, y down. An empty one has no digits."""
        with told_to_user():
            return for_programs(read_strokes(reader.predictor(model), strokes))

    # Components that nobody sees: they tell programs what the endpoints take and give.
    with gr.Group(visible=False):
        image = gr.File(label="image")
        strokes = gr.JSON(label="strokes")
        model = gr.Textbox(DEFAULT_MODEL, label="model")
        result = gr.JSON(label="digit and probabilities")
        gr.Button().click(predict, [image, model], result, api_name="predict")
        gr.Button().click(predict_strokes, [strokes, model], result, api_name="predict_strokes")
