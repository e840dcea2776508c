// Pictures of all styles, asked for when they come into sight. props.styles: [digit, name] of each.

const SIDE = 28;
const canvases = props.styles.map(([digit, name]) => {
  const figure = document.createElement("figure");
  figure.className = "style";
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "A " + digit + ", " + name);
  const caption = document.createElement("figcaption");
  caption.textContent = digit + ", " + name;
  figure.append(canvas, caption);
  element.querySelector(".styles").append(figure);
  return canvas;
});

let hand = 0;

async function write() {
  const { pixels } = await server.write(hand);
  hand += 1;
  const bytes = atob(pixels);
  canvases.forEach((canvas, number) => paintInk(canvas, bytes, number * SIDE * SIDE));
}

element.querySelector(".again").addEventListener("click", write);
const sight = new IntersectionObserver(([entry]) => {
  if (!entry.isIntersecting) return;
  sight.disconnect();
  write();
});
sight.observe(element);
