// The drawings that this browser keeps, and what a network learns from them.

const LEARNT = "digit-lab-learnt"; // the last learning: {run, before, scores}, so that it can be undone after a reload
const find = (selector) => element.querySelector(selector);
const root = find(".collection");
const gallery = find(".gallery");

let latest = null; // what the pad told last: {model, strokes, answer}
let answers = null; // to each kept drawing, after a learning
let busy = false;

// Hearing

const on = (target, name, hear) => {
  const heard = (event) => (element.isConnected ? hear(event) : target.removeEventListener(name, heard));
  target.addEventListener(name, heard);
};
on(document, "sketch:read", (event) => {
  latest = event.detail;
  showWhatCanBeDone();
});
on(document, "drawings:changed", () => {
  answers = null;
  show();
});
on(window, "storage", show); // from another tab

const say = (sentence) => { find(".message").textContent = sentence; };

// The drawing on the pad

for (let digit = 0; digit < 10; digit++) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = digit;
  button.setAttribute("aria-label", "The drawing on the pad is a " + digit);
  button.addEventListener("click", () => {
    const detail = { strokes: latest.strokes, label: digit };
    document.dispatchEvent(new CustomEvent("sketch:corrected", { detail }));
    say(detail.reply ?? "");
  });
  find(".digits").append(button);
}

// The gallery, the newest first

function show() {
  if (!element.isConnected) return;
  const drawings = keptDrawings();
  root.classList.toggle("none", !drawings.length);
  find(".count").textContent = drawings.length
    ? drawings.length + (drawings.length === 1 ? " drawing" : " drawings") + ", kept in this browser"
    : "";
  gallery.replaceChildren(...drawings.map(card).reverse());
  showWhatCanBeDone();
}

function card(drawing, number) {
  const item = document.createElement("div");
  item.className = "card";
  item.setAttribute("role", "listitem");
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 152;
  const label = document.createElement("span");
  label.className = "label";
  label.textContent = drawing.label;
  if (answers && answers[number] !== drawing.label) {
    const wrong = document.createElement("small");
    wrong.textContent = " read as " + answers[number];
    label.append(wrong);
  }
  const remove = document.createElement("button");
  remove.type = "button";
  remove.className = "button";
  remove.textContent = "×";
  remove.setAttribute("aria-label", "Delete this " + drawing.label);
  remove.addEventListener("click", () => say(keepDrawings(keptDrawings().filter((other) => !sameStrokes(other, drawing)))));
  item.append(canvas, label, remove);
  requestAnimationFrame(() => paint(canvas, drawing.strokes));
  return item;
}

function paint(canvas, strokes) {
  const context = canvas.getContext("2d");
  const side = canvas.width;
  const [[left, right], [top, bottom]] = bounds(strokes);
  const scale = (0.6 * side) / Math.max(right - left, bottom - top, 1e-6);
  const x = (value) => (value - (left + right) / 2) * scale + side / 2;
  const y = (value) => (value - (top + bottom) / 2) * scale + side / 2;
  context.clearRect(0, 0, side, side);
  context.strokeStyle = getComputedStyle(canvas).color;
  context.lineWidth = 9;
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(x(stroke[0][0]), y(stroke[0][1]));
    for (const point of stroke.length > 1 ? stroke.slice(1) : stroke) context.lineTo(x(point[0]), y(point[1]));
    context.stroke();
  }
}

// Export, import, delete

find(".export").addEventListener("click", () => {
  const lines = keptDrawings().map((drawing) => JSON.stringify(drawing) + "\n");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
  link.download = "digit-lab-drawings.jsonl";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
});

const file = find("input[type=file]");
find(".import").addEventListener("click", () => file.click());
file.addEventListener("change", async () => {
  const [chosen] = file.files;
  if (chosen) say(chosen.size > 20e6 ? "This file is too large: nothing was imported." : importLines(await chosen.text()));
  file.value = "";
});

// All lines or none; gives the sentence that tells what happened.
function importLines(text) {
  const drawings = [];
  for (const [number, line] of text.split("\n").entries()) {
    if (!line.trim()) continue;
    let drawing = null;
    try {
      drawing = asDrawing(JSON.parse(line));
    } catch (error) {
      drawing = null;
    }
    if (!drawing) return "Line " + (number + 1) + " is no drawing with a label from 0 to 9 and strokes of points: nothing was imported.";
    drawings.push(drawing);
  }
  if (!drawings.length) return "There are no drawings in this file.";
  const trouble = addDrawings(drawings);
  return trouble ? trouble + " Nothing was imported." : "Imported: " + drawings.length + ".";
}

// Asked twice: the button itself asks, and forgets after a while.
let forget = null;
const deleteAll = find(".delete-all");
function calmDown() {
  clearTimeout(forget);
  forget = null;
  deleteAll.textContent = "Delete all";
}
deleteAll.addEventListener("click", () => {
  if (forget === null) {
    deleteAll.textContent = "Really delete?";
    forget = setTimeout(calmDown, 4000);
    return;
  }
  calmDown();
  say(keepDrawings([]) || "All drawings are deleted.");
});
deleteAll.addEventListener("blur", calmDown);

// Learning

function lastLearning() {
  try {
    return JSON.parse(localStorage.getItem(LEARNT));
  } catch (error) {
    return null;
  }
}

function remember(learning) {
  try {
    if (learning) localStorage.setItem(LEARNT, JSON.stringify(learning));
    else localStorage.removeItem(LEARNT);
  } catch (error) {
    // Without room it is just not remembered after a reload.
  }
}

let learning = lastLearning();

function showWhatCanBeDone() {
  const some = keptDrawings().length > 0;
  for (const button of element.querySelectorAll(".digits button")) button.disabled = !latest?.strokes?.length;
  for (const name of [".export", ".delete-all"]) find(name).disabled = !some;
  find(".learn").disabled = busy || !some || !latest;
  find(".take-back").disabled = busy;
  find(".take-back").classList.toggle("hidden", !learning);
}

function showScores(scores) {
  const percent = (value) => (scores ? value.toFixed(2) + " %" : "–");
  const right = (score) => (scores ? score.right + " of " + scores.drawings : "–");
  find(".drawings-before").textContent = right(scores?.before);
  find(".drawings-after").textContent = right(scores?.after);
  find(".test-before").textContent = percent(scores?.before.accuracy);
  find(".test-after").textContent = percent(scores?.after.accuracy);
}

function tell(sentence, refused = false) {
  find(".outcome").textContent = sentence;
  find(".outcome").classList.toggle("refused", refused);
}

async function whileBusy(work) {
  if (busy) return;
  busy = true;
  showWhatCanBeDone();
  try {
    await work();
  } catch (error) {
    tell("The server does not answer. Try again.", true);
  }
  busy = false;
  showWhatCanBeDone();
}

function readWith(name) {
  props.value = name;
  trigger("network_changed");
}

find(".learn").addEventListener("click", () => whileBusy(async () => {
  const drawings = keptDrawings();
  const before = latest.model;
  tell("Learning from " + drawings.length + (drawings.length === 1 ? " drawing…" : " drawings…"));
  const learnt = await server.learn({ model: before, drawings });
  if (learnt.error) return tell(learnt.error, true);
  learning = { run: learnt.run, before, scores: learnt };
  remember(learning);
  answers = learnt.answers;
  show();
  showLearning();
  readWith(learnt.run);
}));

find(".take-back").addEventListener("click", () => whileBusy(async () => {
  const undone = await server.undo({ run: learning.run, before: learning.before });
  learning = answers = null;
  remember(null);
  show();
  showScores(null);
  if (undone.error) return tell(undone.error, true);
  tell("Undone: " + undone.model + " reads again, as it was.");
  readWith(undone.model);
}));

function showLearning() {
  showScores(learning?.scores);
  if (learning) tell("The copy is one of your runs now: see Read by.");
}

new MutationObserver(show).observe(document.body, { attributes: true, attributeFilter: ["class"] }); // light and dark
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) document.dispatchEvent(new CustomEvent("sketch:ask"));
}).observe(root);
show();
showLearning();
