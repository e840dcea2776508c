// One step at a time, asked for when it is first looked at.

const find = (selector) => element.querySelector(selector);
const plots = [...element.querySelectorAll(".plot")];
const captions = [...element.querySelectorAll("figcaption")];
const buttons = Array.from({ length: props.steps }, (_, number) => {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button";
  button.textContent = number + 1;
  button.setAttribute("aria-label", "Step " + (number + 1));
  button.addEventListener("click", () => go(number));
  find("nav").append(button);
  return button;
});

let shown = null; // the step as the server gave it
let current = -1;

async function go(number) {
  current = number;
  buttons.forEach((button, i) => (i === number ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")));
  try {
    const step = await server.step(number);
    if (current === number) await show(step);
  } catch (error) {
    find(".trouble").textContent = "The server does not answer. Choose the step again.";
  }
}

async function show(step) {
  shown = step;
  find(".trouble").textContent = step.error ?? "";
  if (step.error) return;
  find("h3").textContent = step.title;
  for (const part of ["target", "result", "analysis"]) {
    find("." + part).replaceChildren(...step[part].split("\n\n").map(paragraph));
  }
  find(".set-up").textContent = "Set up this training: " + step.recipe;
  find(".next").hidden = current + 1 === buttons.length;
  await redraw();
}

function paragraph(text) {
  const p = document.createElement("p");
  p.textContent = text;
  return p;
}

async function redraw() {
  if (!shown?.figures) return;
  for (const [i, { caption, figure }] of shown.figures.entries()) {
    captions[i].textContent = caption;
    await plot(plots[i], figure);
  }
}

find(".next").addEventListener("click", () => go(current + 1));
find(".set-up").addEventListener("click", () => {
  props.value = shown.recipe;
  trigger("chosen");
});
new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting) && current < 0) go(0);
}).observe(find(".ladder"));
onThemeChange(redraw);
