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
  canvases.forEach((canvas, number) => {
    const image = new ImageData(SIDE, SIDE);
    for (let i = 0; i < SIDE * SIDE; i++) {
      image.data.fill(255, 4 * i, 4 * i + 3);
      image.data[4 * i + 3] = bytes.charCodeAt(number * SIDE * SIDE + i);
    }
    canvas.getContext("2d").putImageData(image, 0, 0);
  });
}

watch("value", paint);
paint();
