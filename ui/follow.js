// For what unfolds below the pad: it hears of each drawing and asks the server about the newest one, while it can be
// seen. One question is under way at a time, and there is always one more after the last change.
//
// part: what has to be in view. ask(drawing): a promise of the answer about {model, strokes, answer, brush}, or null
// where there is nothing to ask, such as without strokes. show(answer, drawing): shows it. fail(sentence): tells of
// trouble. Gives the function to call when something other than the drawing has changed.

const PAUSE = 120; // milliseconds between two questions, so that the pad's own come first

function followDrawing(part, ask, show, fail) {
  let drawing = null;
  let inView = false;
  let asking = false;
  let outdated = false;

  async function update() {
    outdated = true;
    if (asking) return;
    asking = true;
    while (outdated && inView && drawing) {
      outdated = false;
      const asked = drawing;
      try {
        const answer = await ask(asked);
        // A pad that was cleared meanwhile stays empty.
        if (drawing.strokes.length || !asked.strokes.length) show(answer, asked);
      } catch (error) {
        fail("The server does not answer. Draw on to try again.");
      }
      await new Promise((done) => setTimeout(done, PAUSE));
    }
    asking = false;
  }

  function hear(event) {
    if (!element.isConnected) {
      watcher.disconnect();
      return document.removeEventListener("sketch:read", hear);
    }
    drawing = event.detail;
    update();
  }
  document.addEventListener("sketch:read", hear);

  const watcher = new IntersectionObserver((entries) => {
    inView = entries[entries.length - 1].isIntersecting;
    if (inView) document.dispatchEvent(new CustomEvent("sketch:ask"));
  });
  watcher.observe(part);
  return update;
}
