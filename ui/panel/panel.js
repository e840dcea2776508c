// A row for each network that reads along. props.value lists all there are: see Readers in the Python beside.

const find = (selector) => element.querySelector(selector);
const HINT = "Draw a digit above, and all of these read it.";
const NOBODY = "Choose a network to read along.";
let networks = [];
const chosen = new Map(); // by name: whether it reads along
let rows = new Map(); // by name: its row, where it does

function offer(list) {
  networks = list;
  for (const { name, shipped } of networks) if (!chosen.has(name)) chosen.set(name, shipped);
  find(".chips").replaceChildren(...networks.map(chip));
  layOut();
}

function chip({ name, label }) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.setAttribute("aria-pressed", chosen.get(name));
  button.addEventListener("click", () => {
    chosen.set(name, !chosen.get(name));
    button.setAttribute("aria-pressed", chosen.get(name));
    layOut();
    update();
  });
  return button;
}

// Rows that stay keep what they show.
function layOut() {
  const readers = networks.filter(({ name }) => chosen.get(name));
  rows = new Map(readers.map((network) => [network.name, rows.get(network.name) ?? row(network)]));
  find("tbody").replaceChildren(...rows.values());
}

function row({ label, parameters }) {
  const line = document.createElement("tr");
  line.innerHTML =
    '<th scope="row"></th><td class="parameters"></td><td class="answer"><b></b> <span class="mark"></span></td>' +
    '<td class="certainty"><span class="track"><span class="fill"></span></span><span class="share"></span></td>';
  line.querySelector("th").textContent = label;
  line.querySelector("th").title = label;
  line.querySelector(".parameters").textContent = parameters.toLocaleString("en");
  fill(line, null);
  return line;
}

function ask({ model, strokes }) {
  const models = [...rows.keys()];
  if (!strokes.length || !models.length) return null;
  return server.read({ model, models, strokes }).then((answer) => ({ ...answer, models }));
}

function show(answer, { model }) {
  const readings = answer?.rows ?? [];
  if (!readings.length) for (const line of rows.values()) fill(line, null);
  readings.forEach((reading, number) => {
    const line = rows.get(answer.models[number]);
    if (line) fill(line, reading, answer.digit); // else it was put away while the answer was under way
  });
  for (const [name, line] of rows) line.classList.toggle("pad", name === model);
  const trouble = answer?.error ?? readings.find((reading) => reading.error)?.error;
  find(".summary").textContent = trouble ?? inWords(readings, answer?.digit, model);
  find(".summary").classList.toggle("trouble", Boolean(trouble));
}

// pads: what the pad's network reads
function fill(line, reading, pads) {
  const known = Boolean(reading) && !reading.error;
  const digit = known ? reading.digit : null;
  line.classList.toggle("differs", known && reading.differs);
  line.classList.toggle("refuses", known && digit === null);
  line.querySelector(".answer b").textContent = known ? named(digit) : "–";
  line.querySelector(".mark").textContent = known && reading.differs ? "≠ " + named(pads) : "";
  line.querySelector(".fill").style.transform = "scaleX(" + (known ? reading.certainty / 100 : 0) + ")";
  line.querySelector(".share").textContent = known ? reading.certainty.toFixed(1) + " %" : "";
}

const named = (digit) => (digit === null ? "no digit" : String(digit));

function inWords(readings, digit, model) {
  if (!rows.size) return NOBODY;
  if (!readings.length) return HINT;
  const differing = readings.filter((reading) => reading.differs).length;
  const says = digit === null ? "sees no digit" : "reads " + digit;
  if (!differing) return "All of them agree with " + labelOf(model) + ", which " + says + ".";
  return differing + " of " + readings.length + " disagree with " + labelOf(model) + ", which " + says + ".";
}

const labelOf = (name) => networks.find((network) => network.name === name)?.label ?? name;

function fail(sentence) {
  find(".summary").textContent = sentence;
  find(".summary").classList.add("trouble");
}

offer(props.value);
const update = followDrawing(find(".panel"), ask, show, fail);
show(null, {});
// A run that has learnt something since can read along, too.
new IntersectionObserver(async (entries) => {
  if (!entries[entries.length - 1].isIntersecting) return;
  try {
    offer(await server.networks(null));
  } catch (error) {
    fail("The server does not answer. Reload the page.");
  }
}).observe(find(".panel"));
