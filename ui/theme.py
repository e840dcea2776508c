"""The look of the page: one accent colour, one typeface that comes with Gradio, light and dark."""

from pathlib import Path

import gradio as gr

ACCENT = gr.themes.Color(
    name="accent",
    c50="#eef1ff",
    c100="#dfe5ff",
    c200="#c5cffe",
    c300="#a0b0fc",
    c400="#7a90fa",
    c500="#4f6ef7",
    c600="#3b57db",
    c700="#3145b1",
    c800="#2b3b8d",
    c900="#28366f",
    c950="#1a2145",
)

CSS = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


# Gradio's own files of its default typeface lack most letters in the weight between regular and bold.
SANS = gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700))
MONO = gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700))


def theme() -> gr.themes.Base:
    """Gradio's plain theme in our colours: no boxes around controls, only around what is typed into."""
    return gr.themes.Base(
        primary_hue=ACCENT,
        neutral_hue="slate",
        radius_size="lg",
        font=[SANS, "system-ui", "sans-serif"],
        font_mono=[MONO, "ui-monospace", "monospace"],
    ).set(
        body_background_fill="#ffffff",
        body_background_fill_dark="#12151d",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#191d27",
        background_fill_secondary="#f7f8fb",
        background_fill_secondary_dark="#1d222d",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_border_width_dark="0px",
        block_shadow="none",
        block_shadow_dark="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_padding="0px",
        block_title_text_color="*body_text_color",
        block_title_text_color_dark="*body_text_color",
        border_color_primary="#dfe3eb",
        border_color_primary_dark="#2e3544",
        body_text_color="#1a2030",
        body_text_color_dark="#e8ebf2",
        body_text_color_subdued="#5c667a",
        body_text_color_subdued_dark="#9aa5ba",
        block_info_text_color="*body_text_color_subdued",
        block_info_text_color_dark="*body_text_color_subdued",
        color_accent="*primary_500",
        input_border_width="1px",
        input_border_color="*border_color_primary",
        input_background_fill="*background_fill_primary",
        input_background_fill_dark="*background_fill_primary",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        button_secondary_background_fill="*background_fill_primary",
        button_secondary_background_fill_dark="*background_fill_primary",
        button_secondary_border_color="*border_color_primary",
        button_secondary_border_color_dark="*border_color_primary",
        button_border_width="1px",
        button_border_width_dark="1px",
        slider_color="*primary_500",
        slider_color_dark="*primary_500",
    )
