// The drawing pad: strokes in, what the network makes of them out, while the pen moves.
// Runs once, when Gradio has mounted the component. props.value is the name of the network that reads.

const SIDE = 400; // the pad's side in the units that strokes are sent in
const find = (selector) => element.querySelector(selector);
const root = find(".sketch");
const canvas = find(".pad canvas");
const context = canvas.getContext("2d");
const brush = find(".brush input");
const prediction = find("#prediction");

let strokes = []; // what is on the pad; a stroke is a list of [x, y] and never changes once the pen is up
let past = []; // earlier contents of the pad, for undo
let future = []; // undone ones, for redo
let stroke = null; // the one being drawn
let pointer = null; // and the id of the pointer that draws it
let picture = null; // shown on the pad instead of a drawing: {image, data}, the data in base64
let boxes = []; // where on the pad its digits are

// The picture

let painting = false;

// All of it, once a frame at most: a line that grows by pieces would show where they overlap.
function paint() {
  if (painting) return;
  painting = true;
  requestAnimationFrame(() => {
    painting = false;
    const side = Math.round(canvas.clientWidth * (window.devicePixelRatio || 1));
    if (!side) return;
    if (canvas.width !== side) canvas.width = canvas.height = side;
    context.setTransform(side / SIDE, 0, 0, side / SIDE, 0, 0);
    context.clearRect(0, 0, SIDE, SIDE);
    context.lineCap = context.lineJoin = "round";
    if (picture) paintPicture();
    context.lineWidth = Number(brush.value);
    context.strokeStyle = getComputedStyle(canvas).color;
    for (const line of visible()) trace(line);
    root.classList.toggle("drawn", visible().length > 0 || picture !== null);
  });
}

// Curves between the middles of a stroke's pieces, which look smooth.
function trace(line) {
  context.beginPath();
  context.moveTo(...line[0]);
  for (let i = 1; i + 1 < line.length; i++) {
    const [x, y] = line[i];
    context.quadraticCurveTo(x, y, (x + line[i + 1][0]) / 2, (y + line[i + 1][1]) / 2);
  }
  context.lineTo(...line[line.length - 1]);
  context.stroke();
}

const visible = () => (stroke ? [...strokes, stroke] : strokes);

// The pen

function place(event) {
  const box = canvas.getBoundingClientRect();
  const scale = SIDE / box.width;
  const round = (value) => Math.round(value * 10) / 10;
  return [round((event.clientX - box.left) * scale), round((event.clientY - box.top) * scale)];
}

canvas.addEventListener("pointerdown", (event) => {
  if (stroke || (event.pointerType === "mouse" && event.button !== 0)) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  canvas.setPointerCapture(event.pointerId);
  pointer = event.pointerId;
  picture = null;
  stroke = [place(event)];
  paint();
  read();
});

canvas.addEventListener("pointermove", (event) => {
  if (!stroke || event.pointerId !== pointer) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  const from = stroke.length;
  for (const move of moves.length ? moves : [event]) {
    const point = place(move);
    const last = stroke[stroke.length - 1];
    if (point[0] !== last[0] || point[1] !== last[1]) stroke.push(point);
  }
  if (stroke.length === from) return;
  paint();
  read();
});

// A cancelled pointer, when the system takes it for a gesture of its own, keeps what was drawn: undo removes it.
for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
  canvas.addEventListener(end, (event) => {
    if (!stroke || event.pointerId !== pointer) return;
    const finished = stroke;
    stroke = pointer = null;
    remember();
    strokes = [...strokes, finished];
    showTools(); // what is drawn is as before, and has been asked about
  });
}
// Safari scrolls on touch in spite of touch-action when a gesture began elsewhere.
canvas.addEventListener("touchmove", (event) => event.preventDefault(), { passive: false });
canvas.addEventListener("contextmenu", (event) => event.preventDefault());

// The tools

function remember() {
  past.push(strokes);
  future = [];
}

function step(from, to) {
  if (stroke || !from.length) return;
  to.push(strokes);
  strokes = from.pop();
  refresh();
}

function showTools() {
  find(".undo").disabled = !past.length;
  find(".redo").disabled = !future.length;
  find(".clear").disabled = !strokes.length && !picture;
}

function refresh() {
  showTools();
  paint();
  read();
}

const undo = () => step(past, future);
const redo = () => step(future, past);
const clear = () => {
  if (stroke || (!strokes.length && !picture)) return;
  if (strokes.length) remember();
  strokes = [];
  picture = null;
  refresh();
};
find(".undo").addEventListener("click", undo);
find(".redo").addEventListener("click", redo);
find(".clear").addEventListener("click", clear);
brush.addEventListener("input", paint);

function onKey(event) {
  if (!element.isConnected) return document.removeEventListener("keydown", onKey);
  const typing = event.target.closest?.("input:not([type=range]), textarea, select, [contenteditable], [role=listbox]");
  if (typing || !canvas.offsetParent) return;
  const key = event.key.toLowerCase();
  const command = event.ctrlKey || event.metaKey;
  if (command && key === "z") (event.shiftKey ? redo : undo)();
  else if (command && key === "y") redo();
  else if (!command && (key === "delete" || key === "backspace")) clear();
  else return;
  event.preventDefault();
}
document.addEventListener("keydown", onKey);

// The reading: one question under way at a time, and always one more after the last change

const bars = Array.from({ length: 10 }, (_, digit) => {
  const bar = document.createElement("li");
  bar.innerHTML = '<button type="button" class="digit" disabled></button><span class="track"><span class="fill"></span></span><span class="share"></span>';
  bar.firstChild.textContent = digit;
  bar.firstChild.setAttribute("aria-label", "This is a " + digit);
  bar.firstChild.addEventListener("click", () => correct(digit));
  find(".bars").append(bar);
  return bar;
});

let asking = false;
let outdated = false;
let shown = null; // the answer on the page
let looked = null; // which of its digits was asked for; the last one by default
// data-drawn and data-read count the points on the pad and those behind the answer, for whoever measures the lag.
const count = (drawing) => drawing.reduce((sum, line) => sum + line.length, 0);

async function read() {
  outdated = true;
  root.dataset.drawn = count(visible());
  if (asking) return;
  asking = true;
  while (outdated) {
    outdated = false;
    const [drawing, asked] = [visible().map((line) => line.slice()), picture];
    if (!drawing.length && !asked) {
      showBlank();
      continue;
    }
    try {
      const answer = asked
        ? await server.read_picture({ model: props.value, data: asked.data })
        : await server.read({ model: props.value, strokes: drawing });
      if (picture === asked && (asked || visible().length)) show(answer, drawing);
    } catch (error) {
      find(".trouble").textContent = "The server does not answer. Draw on to try again.";
    }
  }
  asking = false;
}

function show(answer, drawing) {
  find(".trouble").textContent = answer.error ?? "";
  boxes = picture ? answer.digits?.map((digit) => digit.box) ?? [] : [];
  if (picture) paint();
  if (answer.error) return showNothing();
  root.classList.add("read");
  if (shown?.digits.length !== answer.digits.length) looked = null;
  shown = answer;
  root.dataset.read = count(drawing);
  look(drawing);
}

// At one digit of what was read, in every place of the page.
function look(drawing) {
  const digit = shown.digits[looked ?? shown.digits.length - 1];
  showNumber();
  showDigit(digit);
  announce(shown.digits.length > 1 ? strokesOf(digit, drawing) : drawing, shown);
}

// Those that lie in its box; all where the digit is a part of one stroke.
function strokesOf({ box: [left, top, right, bottom] }, drawing) {
  const within = ([x, y]) => x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1;
  const mine = drawing.filter((line) => line.every(within));
  return mine.length ? mine : drawing;
}

// One digit in large, or in words that there is none; of a number each digit, to look at by a click.
function showNumber() {
  const { digits } = shown;
  const doubted = digits.length === 1 && digits[0].digit === null;
  prediction.classList.toggle("blank", doubted);
  prediction.classList.toggle("several", digits.length > 1);
  const lines = [];
  for (const digit of digits) (lines[digit.line] ??= []).push(digit);
  prediction.style.setProperty("--lines", lines.length);
  prediction.style.setProperty("--digits", Math.max(...lines.map((line) => line.length)));
  if (digits.length === 1) {
    prediction.textContent = digits[0].said;
    return;
  }
  if (prediction.children.length !== digits.length) {
    prediction.replaceChildren(...digits.map((_, place) => {
      const part = document.createElement("button");
      part.type = "button";
      part.addEventListener("click", () => {
        looked = place;
        look(visible());
      });
      return part;
    }));
  }
  digits.forEach((digit, place) => {
    const part = prediction.children[place];
    part.textContent = digit.digit ?? "?";
    part.style.gridArea = digit.line + 1 + " / " + (lines[digit.line].indexOf(digit) + 1);
    part.setAttribute("aria-pressed", place === (looked ?? digits.length - 1));
  });
}

function showDigit(read) {
  find(".certainty").textContent = read.certainty;
  read.probabilities.forEach((probability, digit) => {
    bars[digit].classList.toggle("first", digit === read.digit);
    bars[digit].querySelector(".fill").style.transform = "scaleX(" + probability + ")";
    bars[digit].querySelector(".share").textContent = (100 * probability).toFixed(1) + " %";
  });
  paintInk(find(".pixels"), atob(read.pixels));
}

function showBlank() {
  find(".trouble").textContent = "";
  showNothing();
}

function showNothing() {
  root.classList.remove("read");
  shown = looked = null;
  prediction.textContent = "Draw a digit";
  prediction.classList.remove("several");
  prediction.classList.add("blank");
  find(".certainty").textContent = "";
  for (const bar of bars) {
    bar.classList.remove("first");
    bar.querySelector(".fill").style.transform = "scaleX(0)";
    bar.querySelector(".share").textContent = "";
  }
  find(".pixels").getContext("2d").clearRect(0, 0, 28, 28);
  root.dataset.read = 0;
  announce([], null);
}

// What unfolds below the pad hears of each answer (of a number, of the digit looked at), and of another brush, by "sketch:read" on the document, and asks for
// the last one, when it is opened, by "sketch:ask". The brush's width is in the units of the strokes.
let announced = { model: props.value, strokes: [], answer: null };

function announce(drawing, answer) {
  offerCorrection(drawing.length > 0);
  announced = { model: props.value, strokes: drawing, answer };
  tell();
}

function tell() {
  const detail = { ...announced, brush: Number(brush.value) };
  document.dispatchEvent(new CustomEvent("sketch:read", { detail }));
}
brush.addEventListener("input", tell);

function onAsk() {
  if (!element.isConnected) return document.removeEventListener("sketch:ask", onAsk);
  tell();
}
document.addEventListener("sketch:ask", onAsk);

// What the visitor says that it is goes to whoever keeps drawings, by "sketch:corrected"; the reply is what that one says.
function correct(digit) {
  const detail = { strokes: announced.strokes, label: digit };
  document.dispatchEvent(new CustomEvent("sketch:corrected", { detail }));
  find(".correction").textContent = detail.reply ?? "";
}

function offerCorrection(offered) {
  for (const bar of bars) bar.firstChild.disabled = !offered;
  find(".correction").textContent = offered ? "Wrong? Tap the right digit." : "";
}

// What happens around the pad

watch("value", read);
new ResizeObserver(paint).observe(canvas);
new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
matchMedia("(resolution: " + window.devicePixelRatio + "dppx)").addEventListener?.("change", paint);
showNothing();
paint();
root.classList.add("ready"); // for whoever drives the page by program
