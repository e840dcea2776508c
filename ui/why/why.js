// What the network relies on, what its layers see, and which training digits it takes for alike: of the newest drawing
// that the pad tells of, and only while this is looked at.

const SIDE = 28;
const ALIKE = 8;
const find = (selector) => element.querySelector(selector);
const root = find(".why");
const live = find(".live");

let latest = null; // the newest that the pad told: {model, strokes, answer}
let penDown = false;

// Hearing of drawings

const on = (name, hear) => {
  const heard = (event) => (element.isConnected ? hear(event) : document.removeEventListener(name, heard, true));
  document.addEventListener(name, heard, true);
};

on("sketch:read", (event) => {
  latest = event.detail;
  if (live.checked || !penDown || !latest?.strokes?.length) askAll();
});
on("pointerdown", (event) => { penDown = Boolean(event.target.closest?.("#sketchpad .pad")); });
for (const end of ["pointerup", "pointercancel"]) {
  on(end, () => {
    if (!penDown) return;
    penDown = false;
    askAll();
  });
}
live.addEventListener("change", askAll);

// One question of a kind under way at a time, and always one more after the last change.
function asker(ask, show) {
  let asking = false;
  let asked = null; // the drawing that the last answer was about
  return async function again() {
    if (asking) return;
    asking = true;
    try {
      while (latest !== asked && root.offsetParent) {
        const drawing = (asked = latest);
        if (!drawing?.strokes?.length) {
          show(null, drawing);
          continue;
        }
        const answer = await ask({ model: drawing.model, strokes: drawing.strokes });
        if (latest?.strokes?.length) show(answer, drawing);
        if (penDown && !live.checked) break;
      }
    } catch (error) {
      asked = null;
      find(".status").textContent = "The server does not answer. Draw on to try again.";
    }
    asking = false;
  };
}

const askWhy = asker((drawing) => server.explain(drawing), showWhy);
const askAlike = asker((drawing) => {
  const waiting = setTimeout(() => { find(".status").textContent = "Looking through the training digits, which takes some seconds the first time."; }, 400);
  return server.neighbours(drawing).finally(() => clearTimeout(waiting));
}, showAlike);

function askAll() {
  askWhy();
  askAlike();
}

new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) document.dispatchEvent(new CustomEvent("sketch:ask"));
}).observe(root);

// Showing

const bytesOf = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function showWhy(answer) {
  const trouble = answer?.error;
  root.classList.toggle("read", Boolean(answer) && !trouble);
  if (!answer || trouble) {
    find(".relies").textContent = trouble ?? "Draw a digit above to see what the network relies on.";
    find(".change").textContent = "";
    find(".map").getContext("2d").clearRect(0, 0, 560, 560);
    for (const canvas of element.querySelectorAll(".layer canvas")) clear(canvas);
    return;
  }
  find(".relies").textContent = answer.relies;
  find(".change").textContent = answer.change;
  paintMap(bytesOf(answer.pixels), bytesOf(answer.importance), answer.mark);
  paintLayers(answer.layers);
}

// Ink is a dim grey where it says nothing, and the brighter and the bluer the more it speaks for the answer.
function paintMap(pixels, importance, mark) {
  const context = find(".map").getContext("2d");
  const unit = 560 / SIDE;
  context.clearRect(0, 0, 560, 560);
  for (let i = 0; i < SIDE * SIDE; i++) {
    if (!pixels[i]) continue;
    const weight = importance[i] / 255;
    const shade = (low, high) => Math.round((low + (high - low) * weight) * (pixels[i] / 255));
    context.fillStyle = "rgb(" + shade(76, 169) + "," + shade(84, 184) + "," + shade(102, 255) + ")";
    context.fillRect((i % SIDE) * unit, Math.floor(i / SIDE) * unit, unit, unit);
  }
  paintMark(context, mark.x * unit, mark.y * unit, mark.kind === "more");
}

function paintMark(context, x, y, more) {
  const strokes = [["#0a0c10", 8], ["#ffffff", 3.5]]; // an outline keeps it visible on ink
  for (const [colour, width] of strokes) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.lineCap = "round";
    context.setLineDash(more ? [] : [9, 11]);
    context.beginPath();
    context.arc(x, y, 52, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
    context.beginPath();
    context.moveTo(x - 14, y);
    context.lineTo(x + 14, y);
    if (more) {
      context.moveTo(x, y - 14);
      context.lineTo(x, y + 14);
    }
    context.stroke();
  }
}

const clear = (canvas) => canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);

// The same network keeps its canvases, so that nothing moves.
let shape = "";
function paintLayers(layers) {
  const now = layers.map((layer) => layer.caption).join("|");
  if (now !== shape) find(".layers").replaceChildren(...layers.map(newLayer));
  shape = now;
  const rows = element.querySelectorAll(".layer");
  layers.forEach((layer, row) => {
    const bytes = atob(layer.tiles);
    rows[row].querySelectorAll("canvas").forEach((canvas, tile) => paintInk(canvas, bytes, tile * layer.side ** 2));
  });
}

function newLayer(layer, number) {
  const row = document.createElement("div");
  row.className = "layer";
  const caption = document.createElement("span");
  caption.textContent = "Layer " + (number + 1) + ": " + layer.caption;
  const tiles = document.createElement("div");
  for (let i = 0; i < layer.count; i++) tiles.append(newCanvas(layer.side));
  row.append(caption, tiles);
  return row;
}

function newCanvas(side) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = side;
  return canvas;
}

const alike = Array.from({ length: ALIKE }, () => {
  const cell = document.createElement("div");
  const label = document.createElement("span");
  label.textContent = "\u00a0";
  cell.append(newCanvas(SIDE), label);
  find(".alike").append(cell);
  return cell;
});

function showAlike(answer, drawing) {
  find(".status").textContent = answer?.error ?? "";
  const bytes = answer?.pixels ? atob(answer.pixels) : null;
  alike.forEach((cell, i) => {
    const canvas = cell.querySelector("canvas");
    const label = answer?.labels?.[i];
    canvas.style.background = bytes ? "#0a0c10" : "";
    if (bytes) paintInk(canvas, bytes, i * SIDE * SIDE);
    else clear(canvas);
    cell.lastChild.textContent = label ?? "\u00a0";
    cell.classList.toggle("same", label !== undefined && label === drawing?.answer?.digit);
  });
}
