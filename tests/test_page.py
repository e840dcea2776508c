"""The page in a real browser: drawn on with the mouse and a finger, trained in, reloaded, stopped."""

import re

import pytest
from pages import draw, ink, opened
from playwright.sync_api import Page, expect
from waiting import wait_for

from mnist_core.config import RECIPES
from mnist_core.models import describe
from mnist_core.runs import RunLibrary

SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.55, 0.5), (0.4, 0.85)]
STATE = "#monitor .state"


def test_a_digit_is_read_while_the_pen_still_moves(page):
    draw(page, SEVEN, lift=False)
    expect(page.locator("#prediction")).to_have_text("7")
    page.mouse.up()
    expect(page.locator("#prediction")).to_have_text("7")
    assert page.locator(".bars .first .digit").inner_text() == "7"
    shares = page.locator(".bars .share").all_inner_texts()
    assert len(shares) == 10 and abs(sum(float(share.split()[0]) for share in shares) - 100) < 1


def test_an_empty_pad_never_claims_a_digit(page):
    draw(page, SEVEN)
    expect(page.locator("#prediction")).to_have_text("7")
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#prediction")).to_have_text("Draw a digit")
    assert ink(page) == 0 and page.locator(".bars .first").count() == 0


def test_undo_redo_and_clear_by_buttons_and_by_keys(page):
    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    expect(undo).to_be_disabled()
    draw(page, SEVEN)
    one = ink(page)
    draw(page, [(0.3, 0.5), (0.7, 0.5)])
    two = ink(page)
    assert two > one > 0
    page.keyboard.press("Control+z")
    assert ink(page) == one
    page.keyboard.press("Control+Shift+Z")
    assert ink(page) == two
    page.keyboard.press("Delete")
    assert ink(page) == 0
    undo.click()
    assert ink(page) == two
    undo.click()
    undo.click()
    expect(page.locator("#prediction")).to_have_text("Draw a digit")
    expect(undo).to_be_disabled()
    redo.click()
    assert ink(page) == one
    expect(page.locator("#prediction")).to_have_text("7")


def test_the_lines_are_sharp_on_a_high_density_screen(phone):
    canvas = phone.locator("#sketchpad canvas").first
    width = canvas.bounding_box()["width"]
    assert abs(canvas.evaluate("c => c.width") - 2 * width) <= 2


def test_a_finger_draws_and_does_not_scroll_the_page(phone):
    phone.evaluate("document.body.style.paddingBottom = '2000px'")
    box = phone.locator("#sketchpad canvas").first.bounding_box()
    finger = phone.context.new_cdp_session(phone)
    places = [
        (box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in [(0.5, 0.85), (0.5, 0.5), (0.5, 0.15)]
    ]

    def touch(kind, *points):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    touch("touchStart", places[0])
    for place in places[1:]:
        touch("touchMove", place)
    touch("touchEnd")
    expect(phone.locator("#prediction")).to_have_text("1")
    assert phone.evaluate("window.scrollY") == 0


def test_a_second_finger_and_a_cancelled_gesture_do_no_harm(phone):
    canvas = phone.locator("#sketchpad canvas").first
    canvas.evaluate(
        """c => {
          const box = c.getBoundingClientRect();
          c.setPointerCapture = () => {};
          const send = (type, id, u, v) => c.dispatchEvent(new PointerEvent(type, {pointerId: id, pointerType: "touch",
            clientX: box.left + u * box.width, clientY: box.top + v * box.height, bubbles: true, cancelable: true}));
          send("pointerdown", 1, 0.5, 0.2); send("pointermove", 1, 0.5, 0.5);
          send("pointerdown", 2, 0.9, 0.9); send("pointermove", 2, 0.1, 0.9); send("pointerup", 2, 0.1, 0.9);
          send("pointermove", 1, 0.5, 0.8); send("pointercancel", 1, 0.5, 0.8);
        }"""
    )
    expect(phone.locator("#prediction")).to_have_text("1")
    phone.get_by_role("button", name="Undo").click()
    expect(phone.locator("#prediction")).to_have_text("Draw a digit")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_tab_scrolls_sideways_and_the_pad_works(app, browser, theme, width):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
    for page in opened(context, app, f"/?__theme={theme}"):
        draw(page, SEVEN)
        expect(page.locator("#prediction")).to_have_text("7")
        for tab in ("Train", "About", "Draw"):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(300)
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        assert ink(page) > 0, "the drawing is gone after a look at the other tabs"


def test_pad_digit_and_bars_fit_on_one_phone_screen(phone):
    draw(phone, SEVEN)
    last = phone.locator(".bars li").last.bounding_box()
    assert last["y"] + last["height"] <= 844


def points(page: Page, trace: int = 1) -> int:
    """How many points the training curve (1) or the test curve (2) of the loss has."""
    return page.evaluate(f"document.querySelector('#monitor .plot.loss').data?.[{trace}].x.length ?? 0")


def start_training(page: Page, epochs: int):
    page.get_by_role("tab", name="Train").click()
    page.get_by_label("number input for Epochs").fill(str(epochs))
    page.get_by_label("number input for Epochs").press("Tab")
    page.get_by_role("button", name="Train", exact=True).click()


def stop_all(runs_folder):
    """Wait until nothing trains any more, whatever a failed test has left running."""
    wait_for(lambda: not [r for r in RunLibrary(runs_folder).own_runs() if r.status.active], 60, "the end of all runs")


def test_two_short_epochs_are_trained_and_the_curves_grow(page, runs_folder):
    stop_all(runs_folder)
    start_training(page, 2)
    expect(page.locator(STATE)).to_have_text("running", timeout=20_000)
    wait_for(lambda: points(page) > 3, 20, "the first points")
    before = points(page)
    element = page.evaluate_handle("document.querySelector('#monitor .plot.loss .main-svg')")
    wait_for(lambda: points(page) > before, 10, "more points")

    # The user's zoom outlives the updates, and nothing is drawn anew.
    zoom = "document.querySelector('#monitor .plot.loss').layout.xaxis.range"
    page.evaluate("Plotly.relayout(document.querySelector('#monitor .plot.loss'), {'xaxis.range': [0.2, 0.9]})")
    now = points(page)
    wait_for(lambda: points(page) > now, 10, "more points")
    assert page.evaluate(zoom) == [0.2, 0.9]
    assert page.evaluate("e => e === document.querySelector('#monitor .plot.loss .main-svg')", element)

    expect(page.locator(STATE)).to_have_text("finished", timeout=60_000)
    expect(page.locator("#monitor tbody tr")).to_have_count(2)
    assert points(page, 2) == 2
    page.get_by_text("Log, in the form").click()
    assert "EPOCH: 1" in page.locator("#monitor .log").inner_text()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_a_training_is_found_again_after_a_reload_stopped_and_resumed(page, runs_folder):
    stop_all(runs_folder)
    start_training(page, 50)
    expect(page.locator(STATE)).to_have_text("running", timeout=20_000)
    wait_for(lambda: points(page) > 3, 20, "the first points")
    title = page.locator("#monitor .title").inner_text()

    page.reload()
    page.get_by_role("tab", name="Train").click()
    expect(page.locator("#monitor .title")).to_have_text(title)
    expect(page.locator(STATE)).to_have_text("running")
    wait_for(lambda: points(page) > 3, 20, "the curve")
    before = points(page)
    wait_for(lambda: points(page) > before, 20, "more points")

    # The network in training reads drawings, too.
    page.get_by_role("tab", name="Draw").click()
    page.locator("#draw-model input").click()
    page.get_by_role("option", name="in training").first.click()
    draw(page, SEVEN)
    expect(page.locator("#sketchpad .sketch.read")).to_be_visible()

    page.get_by_role("tab", name="Train").click()
    stop = page.get_by_role("button", name="Stop")
    expect(stop).to_be_enabled()
    stop.click()
    expect(page.locator(STATE)).to_have_text("stopped")
    run = RunLibrary(runs_folder).own_runs()[0]
    assert run.status.state == "stopped" and run.has_weights()

    page.get_by_role("button", name="Resume").click()
    expect(page.locator(STATE)).to_have_text("running", timeout=20_000)
    stop.click()
    expect(page.locator(STATE)).to_have_text("stopped")


def test_a_number_beyond_its_limits_is_refused_with_the_reason(page):
    page.get_by_role("tab", name="Train").click()
    page.get_by_label("Learning rate").fill("7")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text("above it the loss runs away")).to_be_visible()


def choose(page: Page, what: str, option: str):
    page.get_by_label(what, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def preview_pixels(page: Page) -> list:
    return page.evaluate(
        "[...document.querySelectorAll('#preview canvas')]"
        ".map(c => [...c.getContext('2d').getImageData(0, 0, 28, 28).data].reduce((a, b, i) => a + b * (i % 97), 0))"
    )


def test_a_network_brings_its_recipe_and_a_recipe_its_values(page):
    page.get_by_role("tab", name="Train").click()
    choose(page, "Network", "model_2")
    expect(page.get_by_label("Recipe", exact=True)).to_have_value("model_2")
    expect(page.get_by_label("number input for Epochs")).to_have_value("15")
    expect(page.get_by_text(RECIPES["model_2"].purpose)).to_be_visible()
    expect(page.get_by_text(describe("model_2"))).to_be_visible()
    choose(page, "Recipe", "seed")
    expect(page.get_by_label("Network", exact=True)).to_have_value("model_2")
    expect(page.get_by_label("number input for Epochs")).to_have_value("20")


def test_the_preview_follows_the_sliders(page):
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("button", name="Augmentation").click()
    wait_for(lambda: len(preview_pixels(page)) == 16 and all(preview_pixels(page)), 10, "sixteen digits")
    plain = preview_pixels(page)
    page.get_by_label("number input for Rotation").fill("40")
    page.get_by_label("number input for Rotation").press("Tab")
    wait_for(lambda: all(a != b for a, b in zip(plain, preview_pixels(page), strict=True)), 10, "turned digits")
    page.get_by_label("number input for Rotation").fill("0")
    page.get_by_label("number input for Rotation").press("Tab")
    wait_for(lambda: preview_pixels(page) == plain, 10, "the digits as they were")


CURVES = "[...document.querySelectorAll('#ladder .plot')].map(p => p.data?.every(c => c.x.length > 1) ?? false)"


def test_the_guided_path_leads_through_five_steps_and_sets_a_training_up(page):
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("button", name="A guided path").click()
    path = page.locator("#ladder")
    for step in range(1, 6):
        expect(path.locator("h3")).to_have_text(re.compile(f"^{step}\\. "))
        for part in ("target", "result", "analysis"):
            assert len(path.locator(f".{part}").inner_text()) > 40
        wait_for(lambda: page.evaluate(CURVES) == [True, True], 10, "both plots")
        if step < 5:
            path.get_by_role("button", name="Next step").click()
    path.get_by_role("button", name="Set up this training: model_3").click()
    expect(page.get_by_label("Network", exact=True)).to_have_value("model_3")
    expect(page.get_by_label("number input for Epochs")).to_have_value(str(RECIPES["model_3"].epochs))


def test_the_layers_of_the_network_unfold(page):
    page.get_by_role("tab", name="Train").click()
    page.get_by_role("button", name="The network's layers").click()
    expect(page.get_by_text("Total params: 10,984")).to_be_visible()


def test_every_control_has_a_name(page):
    for tab in ("Draw", "Train"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(500)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll('button, input, select, textarea, canvas[tabindex]')]
              .filter(e => e.offsetParent && !(e.ariaLabel || e.labels?.length || e.innerText?.trim() || e.title))
              .map(e => e.outerHTML.slice(0, 120))"""
        )
        assert not nameless
