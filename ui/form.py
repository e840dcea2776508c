"""The form of the Train tab: network, recipe, and all that a recipe says, the most of it folded away."""

import gradio as gr

from mnist_core.config import RECIPES, Recipe, recipe_named
from mnist_core.errors import UserError
from mnist_core.layers import layer_table
from mnist_core.models import MODELS, build, describe
from mnist_core.options import CHOICES, Number, in_group
from mnist_core.runs import RunLibrary
from ui.ladder import Ladder
from ui.preview import Preview, varied_digits
from ui.words import figures_in_words

QUIET = {"show_progress": "hidden", "api_visibility": "private"}
# Where any number may be wanted, a field; elsewhere a slider with these steps.
STEPS = {
    "epochs": 1,
    "batch_size": 8,
    "momentum": 0.01,
    "label_smoothing": 0.01,
    "averaging": 0.0001,
    "distillation": 0.05,
    "settling": 1000,
    "rotation": 1,
    "shift": 0.5,
    "zoom": 1,
    "shear": 1,
    "elastic": 0.1,
    "stroke": 0.1,
    "erasing": 1,
    "drawn": 1000,
    "scribbles": 1000,
    "held_out": 1000,
}


class RecipeForm:
    """Its inputs, in the order in which `recipe` takes their values. Made inside the column that it fills."""

    def __init__(self, library: RunLibrary):
        self.library = library
        preset = next(iter(RECIPES.values()))
        self.model = gr.Dropdown(list(MODELS), value=preset.model, label="Network", filterable=False)
        self.facts = gr.Markdown(self.model_facts(preset.model), elem_classes="note")
        self.preset = gr.Dropdown(list(RECIPES), value=preset.name, label="Recipe", filterable=False)
        self.purpose = gr.Markdown(self.preset_facts(preset), elem_classes="note")
        self.fields = _number_inputs(preset, "basics")
        with gr.Accordion("Augmentation", open=False, elem_classes="fold"):
            self.preview = Preview()
            self.fields |= _number_inputs(preset, "augmentation")
        with gr.Accordion("Drawings and held-out digits", open=False, elem_classes="fold"):
            self.fields |= _number_inputs(preset, "digits")
        with gr.Accordion("Optimizer and more", open=False, elem_classes="fold"):
            self.fields |= {
                name: gr.Dropdown(
                    list(choices),
                    value=getattr(preset, name),
                    label=name.replace("_", "-").capitalize(),
                    info="; ".join(f"{choice}: {meaning}" for choice, meaning in choices.items()),
                    filterable=False,
                )
                for name, choices in CHOICES.items()
            }
            self.fields |= _number_inputs(preset, "training")
        self.inputs = [self.preset, self.model, *self.fields.values()]

    def model_facts(self, name: str) -> str:
        """A network's sentence and size."""
        parameters = sum(parameter.numel() for parameter in build(name).parameters())
        return f"{describe(name)} {parameters:,} parameters."

    def preset_facts(self, preset: Recipe) -> str:
        """What a preset is for, and what it reaches."""
        reached = figures_in_words(self.library.shipped_figures(preset.checkpoint))
        return f"{preset.purpose} {reached}"

    def recipe(self, preset: str, model: str, *values) -> Recipe:
        """The recipe that the form shows. UserError says which value is wrong, and why."""
        return recipe_named(preset).changed(model=model, **dict(zip(self.fields, values, strict=True)))

    def wire(self, layers: gr.Code, ladder: Ladder) -> None:
        """Network and recipe explain themselves; a network brings its own recipe, and a recipe its values."""

        def choose_network(name: str):
            own = next((preset for preset in RECIPES.values() if preset.model == name), RECIPES["seed"])
            return self.model_facts(name), _layers(name), own.name, *self._values(own)

        def choose_preset(name: str):
            return self._values(recipe_named(name))

        def choose_both(preset_name: str):
            preset = recipe_named(preset_name)
            facts = self.model_facts(preset.model), _layers(preset.model)
            return preset.model, *facts, preset_name, *self._values(preset)

        values = [self.purpose, *self.fields.values()]
        whole = [self.facts, layers, self.preset, *values]
        self.model.input(choose_network, self.model, whole, **QUIET)
        self.preset.input(choose_preset, self.preset, values, **QUIET)
        ladder.chosen(choose_both, ladder, [self.model, *whole], **QUIET)
        layers.value = _layers(self.model.value)

        strengths = {name: self.fields[name] for name in in_group("augmentation")}

        def preview(*values):
            try:
                return varied_digits(Recipe(**dict(zip(strengths, values, strict=True))))
            except UserError:
                return gr.skip()  # a value on its way to being typed; Train says what is wrong with it

        changes = [strength.change for strength in strengths.values()]
        gr.on(
            changes, preview, list(strengths.values()), self.preview, trigger_mode="always_last", queue=False, **QUIET
        )
        self.preview.value = varied_digits(Recipe())

    def _values(self, preset: Recipe) -> list:
        """What the form shows of a preset: what it is for, and its value for each field."""
        return [self.preset_facts(preset), *(getattr(preset, name) for name in self.fields)]


def _layers(model: str) -> str:
    return layer_table(build(model)).text(receptive_fields=True)


def _number_inputs(preset: Recipe, group: str) -> dict[str, gr.Component]:
    return {name: _number_input(name, number, getattr(preset, name)) for name, number in in_group(group).items()}


def _number_input(name: str, number: Number, value: float) -> gr.Component:
    text = {"label": number.label, "info": number.meaning}
    if name in STEPS:
        return gr.Slider(number.low, number.high, value, step=STEPS[name], **text)
    # Without bounds of its own: the recipe's error says why a number is too high or too low.
    return gr.Number(value, step=1 if number.whole else 0.001, **text)
