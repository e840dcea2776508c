// Paints props.value, 16 pictures of 784 bytes each in base64, ink bright on dark.

const SIDE = 28;
const canvases = Array.from({ length: 16 }, () => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  element.querySelector(".digits").append(canvas);
  return canvas;
});

function paint() {
  if (!props.value) return;
  const bytes = atob(props.value);
  canvases.forEach((canvas, number) => paintInk(canvas, bytes, number * SIDE * SIDE));
}

watch("value", paint);
paint();
