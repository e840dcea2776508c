"""The page in a browser: opened, waited for, drawn on."""

from playwright.sync_api import Page, expect
from waiting import wait_for


def opened(context, app, query=""):
    page = context.new_page()
    complaints = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith((app, "data:", "blob:")) else complaints.append(r.url))
    page.goto(app + query)
    wait_until_it_can_be_drawn_on(page)
    yield page
    context.close()
    assert not complaints


def wait_until_it_can_be_drawn_on(page: Page):
    """The pad listens, and has come to rest: what is still being loaded above it would move it away from the pen."""
    expect(page.locator("#sketchpad .sketch.ready")).to_be_visible(timeout=30_000)
    expect(page.locator("#prediction")).to_have_text("Draw a digit")
    page.evaluate("document.fonts.ready.then(() => null)")
    seen = []

    def at_rest():
        seen.append(page.locator("#sketchpad canvas").first.bounding_box())
        page.wait_for_timeout(60)
        return len(seen) > 5 and all(box == seen[-1] for box in seen[-5:])

    wait_for(at_rest, 30, "a pad at rest")


def draw(page: Page, points, lift: bool = True):
    box = page.locator("#sketchpad canvas").first.bounding_box()
    places = [(box["x"] + u * box["width"], box["y"] + v * box["height"]) for u, v in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    if lift:
        page.mouse.up()


def ink(page: Page) -> int:
    """How many pixels of the pad are drawn on, once the next frame is painted."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("#sketchpad canvas").first.evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
        ".filter((v, i) => i % 4 == 3 && v > 0).length"
    )
