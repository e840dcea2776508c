"""The Train tab: choose a network and a recipe, train it, watch it learn."""

import time

import gradio as gr

from mnist_core.config import recipe_named
from mnist_core.errors import UserError
from mnist_core.jobs import JobQueue
from mnist_core.runs import Run, RunLibrary
from ui.errors import told_to_user
from ui.form import QUIET, RecipeForm
from ui.ladder import Ladder
from ui.monitor import Monitor
from ui.words import percent, run_label


def run_choices(library: RunLibrary) -> list[tuple[str, str]]:
    """What there is to look at: label and name of each of the user's runs, newest first, then the shipped ones."""

    def label(run: Run) -> str:
        status = run.status
        tested = f", {percent(status.test_accuracy)}" if status.test_accuracy is not None else ""
        return f"{run_label(run)} ({status.state}{tested})"

    own = [(label(run), run.name) for run in library.own_runs()]
    return own + [(f"{run.name} (shipped)", run.name) for run in library.shipped_runs()]


def look_at(name: str) -> dict:
    """The monitor's value that has it look at that run at once."""
    return {"run": name, "asked": time.time_ns()}


def first_to_show(library: RunLibrary, jobs: JobQueue) -> str:
    """The run that a fresh page shows: the one in training, else the newest, else the first shipped one."""
    runs = jobs.active() or library.own_runs() or library.shipped_runs()
    return runs[0].name if runs else ""


def build_train_tab(library: RunLibrary, jobs: JobQueue) -> tuple[gr.Dropdown, Monitor]:
    """Lay the tab out and wire it. Returns the choice of run and the monitor, to be refreshed when the page opens."""
    with gr.Accordion("A guided path, in five steps", open=False, elem_id="path"):
        ladder = Ladder(library)
    with gr.Row(equal_height=False, elem_id="train-row"):
        with gr.Column(scale=0, min_width=300, elem_id="train-form"):
            form = RecipeForm(library)
            train = gr.Button("Train", variant="primary")
            with gr.Row(elem_id="train-more"):
                stop = gr.Button("Stop", interactive=False, min_width=0)
                resume = gr.Button("Resume", interactive=False, min_width=0)
        with gr.Column(scale=1, min_width=320):
            shown = gr.Dropdown([], label="Show", filterable=False, elem_id="shown-run")
            monitor = Monitor(library, {})
            with gr.Accordion("The network's layers", open=False, elem_id="layers"):
                layers = gr.Code(language=None, show_label=False, interactive=False)
    form.wire(layers, ladder)
    _wire_runs(library, jobs, form, train, stop, resume, shown, monitor)
    return shown, monitor


def _wire_runs(
    library: RunLibrary, jobs: JobQueue, form: RecipeForm, train, stop, resume, shown, monitor: Monitor
) -> None:
    """Train, Stop and Resume; which run is shown, and what can be done with it."""

    def show(name: str):
        """The choice of runs with that one chosen, and the monitor looking at it."""
        return gr.Dropdown(run_choices(library), value=name), look_at(name)

    def start(*values):
        with told_to_user():
            return show(jobs.submit(form.recipe(*values)).name)

    def end(watching: dict):
        with told_to_user():
            jobs.stop(library.find(watching.get("run", "")))

    def go_on(watching: dict):
        with told_to_user():
            return show(jobs.resume(library.find(watching.get("run", ""))).name)

    def what_can_be_done(watching: dict):
        """Stop for a run at work, Resume for one that ended early, and the newest labels for the choice."""
        try:
            run = library.find(watching.get("run", ""))
        except UserError:
            return gr.Button(interactive=False), gr.Button(interactive=False), gr.Dropdown(run_choices(library))
        state = run.status.state
        unfinished = run.folder.parent == library.root and state in ("stopped", "interrupted", "failed")
        return (
            gr.Button(interactive=run.status.active),
            gr.Button(interactive=unfinished),
            gr.Dropdown(run_choices(library), value=run.name),
        )

    train.click(start, form.inputs, [shown, monitor], **QUIET)
    stop.click(end, monitor, None, **QUIET)
    resume.click(go_on, monitor, [shown, monitor], **QUIET)
    shown.input(look_at, shown, monitor, **QUIET)
    monitor.state_changed(what_can_be_done, monitor, [stop, resume, shown], **QUIET)
    _add_api(library, jobs)


def _add_api(library: RunLibrary, jobs: JobQueue) -> None:
    """Training for programs: /train, /stop, /resume, /run and /runs."""

    def describe_run(run: Run) -> dict:
        status = run.status
        return {
            "run": run.name,
            "state": status.state,
            "step": status.step,
            "steps": status.steps,
            "error": status.error,
            "epochs": run.epochs(),
        }

    def start(recipe: str = "seed", changes: dict | None = None) -> dict:
        """Train by a recipe, with some of its values changed: {"epochs": 2, "seed": 1}. Gives the new run."""
        with told_to_user():
            return describe_run(jobs.submit(recipe_named(recipe).changed(**(changes or {}))))

    def stop(run: str) -> dict:
        """End a run soon, and keep what it has learnt."""
        with told_to_user():
            found = library.find(run)
            jobs.stop(found)
            return describe_run(found)

    def resume(run: str) -> dict:
        """Go on with a run that ended early, exactly where it was."""
        with told_to_user():
            return describe_run(jobs.resume(library.find(run)))

    def look(run: str) -> dict:
        """How far a run has come, with its finished epochs."""
        with told_to_user():
            return describe_run(library.find(run))

    def runs() -> list:
        """The names of all runs, the newest first, then the shipped ones."""
        return [name for _, name in run_choices(library)]

    gr.api(start, api_name="train")
    gr.api(stop, api_name="stop")
    gr.api(resume, api_name="resume")
    gr.api(look, api_name="run")
    gr.api(runs, api_name="runs")
