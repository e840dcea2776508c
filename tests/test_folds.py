"""What unfolds under the pad, in a real browser."""

import pytest
from pages import draw, opened
from playwright.sync_api import Page, expect
from waiting import wait_for

from mnist_core.runs import RunLibrary

# A 2 so small, and so far down in the corner, that little of it is left when the pad is simply shrunk.
SMALL = [(0.04, 0.93), (0.05, 0.86), (0.1, 0.84), (0.14, 0.88), (0.09, 0.94), (0.04, 0.98), (0.15, 0.97)]
ROWS = "#panel tbody tr"


@pytest.fixture
def page(app, browser):
    """Tall enough that the pad and both folds are in view."""
    yield from opened(browser.new_context(viewport={"width": 1280, "height": 1900}), app)


def unfold(page: Page):
    page.get_by_role("button", name="From your drawing to 28x28").click()
    page.get_by_role("button", name="Every network reads the same drawing").click()
    expect(page.locator(ROWS)).not_to_have_count(0)
    expect(page.locator("#xray .summary")).to_be_visible()


def reading(page: Page, step: int):
    """The digit under one of the four pictures."""
    return page.locator("#xray .reading b").nth(step)


def test_both_folds_follow_the_drawing_and_a_step_that_is_left_out_shows_in_the_answer(page, runs_folder):
    unfold(page)
    expect(page.locator("#xray .summary")).to_contain_text("Draw a digit above")
    height = page.evaluate("document.documentElement.scrollHeight")
    draw(page, SMALL)
    expect(reading(page, 3)).to_have_text("2")
    expect(reading(page, 0)).not_to_have_text("2")
    expect(page.locator("#xray .summary")).to_contain_text("Simply shrunk, this reads as")

    page.get_by_label("Crop and scale").uncheck()
    expect(reading(page, 3)).not_to_have_text("2")
    page.get_by_label("Crop and scale").check()
    expect(reading(page, 3)).to_have_text("2")

    shipped = [run.name for run in RunLibrary(runs_folder).shipped_runs()]
    names = page.locator(f"{ROWS} th").all_inner_texts()
    assert [name for name in names if name in shipped] == shipped
    for row in page.locator(ROWS).all()[: len(shipped)]:
        expect(row.locator(".share")).to_contain_text("%")
    expect(page.locator(f"{ROWS}.pad b")).to_have_text("2")
    assert page.evaluate("document.documentElement.scrollHeight") == height

    page.get_by_role("button", name="Clear").click()
    for place in (reading(page, 3), page.locator(f"{ROWS} b").first):
        expect(place).to_have_text("–")


def test_a_fold_opened_later_shows_what_is_drawn_already(page):
    draw(page, SMALL)
    expect(page.locator("#prediction")).to_have_text("2")
    unfold(page)
    expect(reading(page, 3)).to_have_text("2")
    expect(page.locator(f"{ROWS}.pad b")).to_have_text("2")


def pictures(page: Page) -> list[int]:
    """How much ink there is on each of the four pictures, once they have come to rest."""
    ink = (
        "() => [...document.querySelectorAll('#xray canvas')].map(c =>"
        " c.getContext('2d').getImageData(0, 0, 28, 28).data.reduce((sum, v, i) => sum + (i % 4 == 3 ? v : 0), 0))"
    )
    seen = []

    def at_rest():
        seen.append(page.evaluate(ink))
        page.wait_for_timeout(250)
        return len(seen) > 2 and seen[-1] == seen[-2] == seen[-3]

    wait_for(at_rest, 20, "pictures at rest")
    return seen[-1]


def test_another_brush_changes_what_is_simply_shrunk_and_not_what_the_network_sees(page):
    unfold(page)
    draw(page, SMALL)
    expect(reading(page, 3)).to_have_text("2")
    before = pictures(page)
    page.get_by_label("Brush width").fill("36")
    after = pictures(page)
    assert after[0] > before[0] > 0 and after[1] > before[1]
    assert after[2:] == before[2:]


def test_a_network_can_be_put_away_and_asked_again(page):
    unfold(page)
    chip = page.locator("#panel").get_by_role("button", name="tiny")
    row = page.locator(ROWS).filter(has=page.get_by_role("rowheader", name="tiny", exact=True))
    draw(page, SMALL)
    expect(row.locator(".share")).to_contain_text("%")
    chip.click()
    expect(row).to_have_count(0)
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(row.locator(".share")).to_contain_text("%")
