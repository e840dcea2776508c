"""What the pad says to what is drawn, put or taken on it: numbers, scribbles, pictures."""

import numpy as np
import pytest
from pages import draw
from photos import photo
from PIL import Image
from playwright.sync_api import expect
from waiting import wait_for

ONE = [(0.25, 0.2), (0.25, 0.8)]
SEVEN = [(0.5, 0.2), (0.85, 0.2), (0.72, 0.5), (0.62, 0.8)]
STAR = [(0.2, 0.2), (0.8, 0.8), (0.2, 0.7), (0.7, 0.2), (0.5, 0.9), (0.3, 0.3), (0.9, 0.5)]


def test_a_number_is_read_and_each_of_its_digits_can_be_looked_at(page):
    draw(page, ONE)
    draw(page, SEVEN)
    number = page.locator("#prediction")
    expect(number).to_have_text("17")
    assert page.locator(".bars .first .digit").inner_text() == "7"
    number.get_by_role("button", name="1").click()
    expect(page.locator(".bars .first .digit")).to_have_text("1")
    page.get_by_role("button", name="Undo").click()
    expect(number).to_have_text("1")


def test_what_is_no_digit_gets_none(page):
    draw(page, STAR)
    expect(page.locator("#prediction")).to_have_text("Not a digit")
    assert page.locator(".bars .first").count() == 0


@pytest.fixture
def picture(mnist, tmp_path):
    """A photo of 7, 2, 1 on ruled paper."""
    path = tmp_path / "number.png"
    Image.fromarray(photo(mnist.test.images[:3, 0].numpy(), 1, size=(600, 260), scale=5, ruled=50)).save(path)
    return path


def test_a_picture_is_read_and_gives_way_to_the_pen(page, picture):
    page.set_input_files(".chooser", picture)
    expect(page.locator("#prediction")).to_have_text("721")
    expect(page.get_by_role("button", name="Clear")).to_be_enabled()
    draw(page, ONE)
    expect(page.locator("#prediction")).to_have_text("1")


def test_a_picture_can_be_dropped_and_pasted(page, picture):
    content = list(picture.read_bytes())
    put = """([kind, bytes]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(bytes)], "number.png", { type: "image/png" }));
      const [target, event] = kind === "paste"
        ? [document, new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })]
        : [document.querySelector(".pad canvas"),
           new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })];
      target.dispatchEvent(event);
    }"""
    for kind in ("paste", "drop"):
        page.evaluate(put, [kind, content])
        expect(page.locator("#prediction")).to_have_text("721")
        page.get_by_role("button", name="Clear").click()
        expect(page.locator("#prediction")).to_have_text("Draw a digit")


def test_a_picture_without_ink_and_a_file_that_is_none_are_told_of(page, tmp_path):
    Image.fromarray(np.full((200, 300), 240, np.uint8)).save(tmp_path / "empty.png")
    page.set_input_files(".chooser", tmp_path / "empty.png")
    expect(page.locator(".trouble").first).to_contain_text("no ink in that picture")
    (tmp_path / "text.png").write_text("no picture")
    page.set_input_files(".chooser", tmp_path / "text.png")
    expect(page.locator(".trouble").first).to_contain_text("cannot open that picture")


def test_the_camera_takes_a_picture(page):
    """Chromium's own test picture is no digit: what counts is that it is taken, read, and can be cleared."""
    camera = page.get_by_role("button", name="Camera")
    camera.click()
    wait_for(lambda: page.evaluate("document.querySelector('video').videoWidth") > 0, 20, "the camera's picture")
    camera.click()
    expect(page.get_by_role("button", name="Clear")).to_be_enabled()
    page.get_by_role("button", name="Clear").click()
    expect(page.locator("#prediction")).to_have_text("Draw a digit")
