// Pictures on the pad: chosen, dropped, pasted, or taken by the camera. Goes on where sketchpad.js ends.

// The whole picture, in the middle of the pad, with a frame around each digit.
function paintPicture() {
  const [left, top, width, height] = pictureBox();
  context.drawImage(picture.image, left, top, width, height);
  context.lineWidth = 2;
  context.strokeStyle = getComputedStyle(canvas).getPropertyValue("--color-accent");
  for (const [x0, y0, x1, y1] of boxes) {
    const margin = 4;
    context.strokeRect(
      left + x0 * width - margin, top + y0 * height - margin, (x1 - x0) * width + 2 * margin, (y1 - y0) * height + 2 * margin
    );
  }
}

function pictureBox() {
  const scale = SIDE / Math.max(picture.image.width, picture.image.height);
  const [width, height] = [picture.image.width * scale, picture.image.height * scale];
  return [(SIDE - width) / 2, (SIDE - height) / 2, width, height];
}

const LARGEST = 1600; // pixels of a picture's longer side that are sent
const camera = find(".camera");
const film = find("video");

async function takePicture(file) {
  if (!file) return;
  try {
    const image = await createImageBitmap(file);
    const data = await base64(await shrunk(image, file));
    picture = { image, data };
    boxes = [];
    if (strokes.length) remember();
    strokes = [];
    refresh();
  } catch (error) {
    find(".trouble").textContent = "This browser cannot open that picture. Save it as PNG or JPEG and try again.";
  }
}

// A photo of many megapixels takes long to send, and a digit needs few.
async function shrunk(image, file) {
  const scale = LARGEST / Math.max(image.width, image.height);
  if (scale >= 1) return file;
  const sheet = new OffscreenCanvas(Math.round(image.width * scale), Math.round(image.height * scale));
  sheet.getContext("2d").drawImage(image, 0, 0, sheet.width, sheet.height);
  return sheet.convertToBlob({ type: "image/png" });
}

const base64 = (blob) =>
  new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = failed;
    reader.readAsDataURL(blob);
  });

const chooser = find(".chooser");
find(".picture").addEventListener("click", () => chooser.click());
chooser.addEventListener("change", () => {
  takePicture(chooser.files[0]);
  chooser.value = ""; // so that the same file can be chosen again
});

const pictureIn = (transfer) => [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/"));
const pad = find(".pad");
pad.addEventListener("dragover", (event) => {
  event.preventDefault();
  pad.classList.add("over");
});
for (const end of ["dragleave", "drop"]) pad.addEventListener(end, () => pad.classList.remove("over"));
pad.addEventListener("drop", (event) => {
  event.preventDefault();
  takePicture(pictureIn(event.dataTransfer));
});

function onPaste(event) {
  if (!element.isConnected) return document.removeEventListener("paste", onPaste);
  const file = pictureIn(event.clipboardData);
  if (!file || !canvas.offsetParent) return;
  event.preventDefault();
  takePicture(file);
}
document.addEventListener("paste", onPaste);

function closeCamera() {
  for (const track of film.srcObject?.getTracks() ?? []) track.stop();
  film.srcObject = null;
  root.classList.remove("filming");
  camera.title = "Take a picture";
}

camera.hidden = !navigator.mediaDevices?.getUserMedia;
camera.addEventListener("click", async () => {
  if (!film.srcObject) {
    try {
      film.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      root.classList.add("filming");
      camera.title = "Take the picture now";
      find(".trouble").textContent = "";
    } catch (error) {
      find(".trouble").textContent = "There is no camera that may be used. Allow it in the browser, or choose a picture.";
    }
    return;
  }
  const sheet = new OffscreenCanvas(film.videoWidth, film.videoHeight);
  sheet.getContext("2d").drawImage(film, 0, 0);
  closeCamera();
  takePicture(await sheet.convertToBlob({ type: "image/png" }));
});
canvas.addEventListener("pointerdown", closeCamera);
