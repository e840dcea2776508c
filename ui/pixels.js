// Fills a canvas with a picture of its size, ink bright on whatever is behind. bytes: what `atob` makes of base64, one
// for each pixel from `start` on, 255 for full ink; an empty string leaves the canvas empty.
function paintInk(canvas, bytes, start = 0) {
  const image = new ImageData(canvas.width, canvas.height);
  for (let i = 0; bytes && i < canvas.width * canvas.height; i++) {
    image.data.fill(255, 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = bytes.charCodeAt(start + i);
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}
