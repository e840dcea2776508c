// Shows one training run as it goes: progress, curves, table and log. Asks the server for what is new, and only while
// it can be seen. Runs once, when Gradio has mounted the component. props.value is {run: NAME, asked: NUMBER}: a new
// value, even of the same run, has it look at once.

const ACTIVE = 300; // milliseconds between two looks at a run that trains or waits
const IDLE = 2000; // and at any other

const find = (selector) => element.querySelector(selector);
const root = find(".monitor");
const plots = { loss: find(".plot.loss"), accuracy: find(".plot.accuracy") };

let seen = nothing(null); // what is shown already, as the server counts it
let figures = {}; // name -> {data, layout} as the server made them, kept so that zoom and legend survive
let timer = null;
let looking = false;

function nothing(run) {
  return { run, state: null, offset: 0, epochs: 0, log: 0 };
}

// Asking

async function look() {
  clearTimeout(timer);
  if (!element.isConnected) return;
  const run = props.value?.run;
  if (looking || !run || !root.offsetParent) return wait(IDLE);
  if (run !== seen.run) show_new(run);
  looking = true;
  try {
    const news = await server.watch_run(seen);
    if (run === props.value.run) await apply(news);
  } catch (error) {
    message("The server does not answer; this page goes on asking. The training, if it runs, is not affected.", true);
  }
  looking = false;
  wait(seen.state === "running" || seen.state === "queued" ? ACTIVE : IDLE);
}

function wait(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(look, milliseconds);
}

// Showing

function show_new(run) {
  seen = nothing(run);
  find("tbody").replaceChildren();
  find(".none").classList.remove("gone");
  find(".log").textContent = "";
}

async function apply(news) {
  if (news.error) return message(news.error, true);
  if (news.restarted) show_new(seen.run);
  find(".title").textContent = news.title;
  find(".state").textContent = news.state;
  find(".state").dataset.state = news.state;
  find(".facts").textContent = news.facts;
  find(".progress div").style.transform = "scaleX(" + news.fraction + ")";
  find(".progress").setAttribute("aria-valuenow", Math.round(100 * news.fraction));
  message(news.message, news.state === "failed");
  addRows(news.rows);
  addLog(news.log);
  const changed = seen.state !== news.state;
  seen = news.seen;
  root.dataset.offset = seen.offset;
  if (changed) trigger("state_changed", { state: news.state });
  if (news.figures) await draw(news.figures);
}

function message(text, isError) {
  find(".message").textContent = text;
  find(".message").classList.toggle("error", isError);
}

function addRows(rows) {
  for (const cells of rows) {
    const row = find("tbody").insertRow();
    for (const cell of cells) row.insertCell().textContent = cell;
  }
  if (!rows.length) return;
  find(".none").classList.add("gone");
  const box = find(".epochs");
  box.scrollTop = box.scrollHeight;
}

function addLog(text) {
  if (!text) return;
  const log = find(".log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(text);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// The plots

async function draw(news) {
  for (const [name, figure] of Object.entries(news)) {
    // The user's zoom belongs to one run: another one starts with all of its curve.
    figures[name] = { data: figure.data, layout: { ...figure.layout, uirevision: seen.run } };
  }
  await redraw();
}

async function redraw() {
  for (const [name, figure] of Object.entries(figures)) {
    figure.data[0].visible = find(".reference input").checked;
    await plot(plots[name], figure);
  }
}

// What happens around it

watch("value", () => {
  // On a phone the form fills the screen: go to where something happens now.
  const below = root.getBoundingClientRect().top > window.innerHeight;
  if (below && props.value?.run !== seen.run && seen.run) root.scrollIntoView({ behavior: "smooth" });
  look();
});
find(".reference input").addEventListener("change", redraw);
new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && look()).observe(root);
onThemeChange(redraw);
look();
