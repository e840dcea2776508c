// The pictures between the pad and the network, with what it says to each of them.

const SIDE = 28;
const find = (selector) => element.querySelector(selector);
const steps = [...element.querySelectorAll(".steps li")];
const switches = [...element.querySelectorAll("input")];
const TRY = "Try it small, in a corner, or with another brush.";
const HINT = "Draw a digit above. " + TRY;

function ask(drawing) {
  if (!drawing.strokes.length) return null;
  const taken = Object.fromEntries(switches.map((input) => [input.name, input.checked]));
  return server.look({ model: drawing.model, strokes: drawing.strokes, brush: drawing.brush, ...taken });
}

function show(answer, drawing) {
  const readings = answer?.readings ?? [];
  const seen = readings.length > 0;
  const [naive, last] = [readings[0], readings[readings.length - 1]];
  const summary = find(".summary");
  summary.textContent = seen ? inWords(naive, last) : (answer?.error ?? HINT);
  summary.classList.toggle("fails", seen && naive.digit !== last.digit);
  summary.classList.toggle("trouble", Boolean(answer?.error));
  const bytes = seen ? atob(answer.pictures) : "";
  steps.forEach((step, number) => {
    step.classList.toggle("seen", seen);
    paintInk(step.querySelector("canvas"), bytes, number * SIDE * SIDE);
    showReading(step.querySelector(".reading"), readings[number], last);
  });
}

const named = (reading) => (reading.digit === null ? "no digit" : String(reading.digit));
const sure = (reading) => reading.certainty.toFixed(1) + "\u00a0%";

function showReading(place, reading, last) {
  const differs = Boolean(reading) && reading.digit !== last.digit;
  place.querySelector("b").textContent = reading ? named(reading) : "–";
  place.querySelector("b").classList.toggle("none", !reading || reading.digit === null);
  place.querySelector(".share").textContent = reading ? sure(reading) : "";
  place.querySelector(".mark").textContent = differs ? "≠ " + named(last) : "";
}

function inWords(naive, last) {
  const all = switches.every((input) => input.checked);
  const way = all ? "prepared as MNIST's digits were" : "with the chosen steps";
  const [before, after] = [" (" + sure(naive) + ")", " (" + sure(last) + ")"];
  if (naive.digit !== last.digit) {
    return "Simply shrunk, this reads as " + named(naive) + before + "; " + way + ", as " + named(last) + after + ".";
  }
  return "Simply shrunk" + before + " or " + way + after + ", this reads as " + named(last) + ". " + (all ? TRY : "");
}

function fail(sentence) {
  find(".summary").textContent = sentence;
  find(".summary").classList.add("trouble");
}

for (const place of element.querySelectorAll(".reading")) {
  place.innerHTML = '<b></b><span class="share"></span><span class="mark"></span>';
}
const update = followDrawing(find(".xray"), ask, show, fail);
for (const input of switches) {
  input.addEventListener("change", () => {
    input.closest("li").classList.toggle("off", !input.checked);
    update();
  });
}
show(null);
