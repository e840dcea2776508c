"""One's own drawings in a browser: corrected with a tap, kept over a reload, learnt from, undone, exported."""

import json
import re

import pytest
from pages import draw, opened, wait_until_it_can_be_drawn_on
from playwright.sync_api import Page, expect

# A 1 with a flag as long as its stem.
FLAGGED = [(0.2, 0.5), (0.55, 0.15), (0.55, 0.85)]
LINE = [(0.5, 0.15), (0.5, 0.85)]


@pytest.fixture
def page(app, browser):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield from opened(context, app)


def draw_at_top(page: Page, points):
    """The folds below the pad are long: the pad may be above what is seen."""
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(300)
    draw(page, points)


def open_fold(page: Page, name: str):
    page.get_by_role("button", name=name).click()


def read_by_fast(page: Page):
    page.locator("#draw-model input").click()
    page.get_by_role("option", name="fast (shipped").click()


def test_a_corrected_drawing_is_kept_learnt_from_and_exported(page, tmp_path):
    read_by_fast(page)
    draw(page, FLAGGED)
    # Not at once where the page has not heard yet of the other network.
    expect(page.locator("#prediction")).to_have_text(re.compile("^[02-9]$"))
    wrong = page.locator("#prediction").inner_text()
    expect(page.locator(".correction")).to_have_text("Wrong? Tap the right digit.")
    page.get_by_role("button", name="This is a 1").click()
    expect(page.locator(".correction")).to_have_text("Kept as a 1 in My drawings.")

    page.reload()
    wait_until_it_can_be_drawn_on(page)
    open_fold(page, "My drawings")
    expect(page.locator("#collection .card")).to_have_count(1)
    expect(page.locator("#collection .card .label")).to_have_text("1")

    read_by_fast(page)
    draw_at_top(page, LINE)
    page.get_by_role("button", name="The drawing on the pad is a 1").click()
    expect(page.locator("#collection .card")).to_have_count(2)

    page.get_by_role("button", name="Learn from my drawings").click()
    expect(page.locator(".drawings-after")).to_have_text("2 of 2", timeout=120_000)
    expect(page.locator(".drawings-before")).to_have_text("1 of 2")
    expect(page.locator(".test-after")).to_contain_text("%")
    expect(page.locator("#draw-model input")).to_have_value(re.compile("^fast, my drawings"))
    page.get_by_role("button", name="Clear").click()
    draw_at_top(page, FLAGGED)
    expect(page.locator("#prediction")).to_have_text("1")

    page.get_by_role("button", name="Undo learning").click()
    expect(page.locator(".outcome")).to_contain_text("Undone")
    expect(page.locator("#prediction")).to_have_text(wrong)

    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "drawings.jsonl")
    lines = (tmp_path / "drawings.jsonl").read_text().splitlines()
    drawings = [json.loads(line) for line in lines]
    assert [drawing["label"] for drawing in drawings] == [1, 1]
    assert all(len(point) == 2 for drawing in drawings for stroke in drawing["strokes"] for point in stroke)

    delete = page.get_by_role("button", name="Delete all")
    delete.click()
    expect(page.locator("#collection .card")).to_have_count(2)
    page.get_by_role("button", name="Really delete?").click()
    expect(page.locator("#collection .card")).to_have_count(0)

    page.locator("#collection input[type=file]").set_input_files(tmp_path / "drawings.jsonl")
    expect(page.locator("#collection .card")).to_have_count(2)
    (tmp_path / "other.jsonl").write_text(lines[0] + '\n{"label": 12, "strokes": [[[1, 2]]]}\n')
    page.locator("#collection input[type=file]").set_input_files(tmp_path / "other.jsonl")
    expect(page.locator("#collection .message")).to_contain_text("Line 2 is no drawing")
    expect(page.locator("#collection .card")).to_have_count(2)


def test_the_fold_says_why_and_shows_what_is_alike(page):
    read_by_fast(page)
    draw(page, LINE)
    open_fold(page, "Why this answer")
    expect(page.locator(".relies")).to_contain_text("Read as a 1")
    expect(page.locator(".change")).to_contain_text(".")
    expect(page.locator(".alike span").first).to_have_text("1", timeout=60_000)
    assert page.locator(".layer").count() == 2
    page.get_by_role("button", name="Clear").click()
    expect(page.locator(".relies")).to_contain_text("Draw a digit")
