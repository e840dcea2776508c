"""The whole page, and how it is served."""

import gradio as gr

from mnist_core.jobs import JobQueue
from mnist_core.runs import RunLibrary
from ui.about import build_about_tab
from ui.draw import Reader, build_draw_tab, model_choices
from ui.theme import CSS, theme
from ui.train import build_train_tab, first_to_show, look_at, run_choices

TITLE = "Digit Lab"
SUBTITLE = "Train a small network, watch it learn, and draw against it."


def build_page(library: RunLibrary, jobs: JobQueue) -> gr.Blocks:
    """The page over a library of runs and a queue to train in."""
    with gr.Blocks(title=TITLE, analytics_enabled=False) as page:
        gr.Markdown(f"# {TITLE}\n{SUBTITLE}", elem_id="title")
        with gr.Tabs():
            with gr.Tab("Draw") as draw_tab:
                model = build_draw_tab(Reader(library))
            with gr.Tab("Train"):
                shown, monitor = build_train_tab(library, jobs)
            with gr.Tab("About"):
                build_about_tab()

        def choices_now():
            return gr.Dropdown(model_choices(library))

        def open_page():
            name = first_to_show(library, jobs)
            return choices_now(), gr.Dropdown(run_choices(library), value=name), look_at(name)

        quiet = {"show_progress": "hidden", "api_visibility": "private"}
        page.load(open_page, None, [model, shown, monitor], **quiet)
        draw_tab.select(choices_now, None, model, **quiet)
    return page


def launch(page: gr.Blocks, **options) -> str:
    """Serve the page without waiting for its end. Returns its address."""
    _, address, _ = page.launch(
        theme=theme(),
        css=CSS,
        footer_links=["api"],
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        **options,
    )
    return address
