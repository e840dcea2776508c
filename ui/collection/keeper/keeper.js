// Keeps what "sketch:corrected" tells of, {strokes, label}, and leaves a sentence for whoever told it in its reply.

function onCorrected(event) {
  if (!element.isConnected) return document.removeEventListener("sketch:corrected", onCorrected);
  const drawing = asDrawing(event.detail);
  if (!drawing) return;
  event.detail.reply = addDrawings([drawing]) || "Kept as a " + drawing.label + " in My drawings.";
}
document.addEventListener("sketch:corrected", onCorrected);
