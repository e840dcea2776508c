// The drawings that this browser keeps: a list of {label, strokes}, the newest last. Whoever changes it tells the page
// by "drawings:changed" on the document.

const KEPT = "digit-lab-drawings";
const MOST_DRAWINGS = 500;

// A drawing if it is one, else null. Points are rounded to what a 400th of the drawing's size makes of them at least.
function asDrawing(thing) {
  const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite);
  const isStroke = (stroke) => Array.isArray(stroke) && stroke.every(isPoint);
  if (!Number.isInteger(thing?.label) || thing.label < 0 || thing.label > 9) return null;
  if (!Array.isArray(thing.strokes) || !thing.strokes.every(isStroke)) return null;
  const strokes = thing.strokes.filter((stroke) => stroke.length);
  if (!strokes.length) return null;
  const size = span(strokes);
  const unit = size > 100 || size === 0 ? 1 : 10 ** Math.ceil(Math.log10(200 / size));
  const round = (value) => Math.round(value * unit) / unit;
  const rounded = strokes.map((stroke) => stroke.map(([x, y]) => [round(x), round(y)]));
  return { label: thing.label, strokes: rounded.map(withoutRepeats) };
}

const withoutRepeats = (stroke) =>
  stroke.filter((point, i) => !i || point[0] !== stroke[i - 1][0] || point[1] !== stroke[i - 1][1]);

function bounds(strokes) {
  const points = strokes.flat();
  const ends = (axis) => points.reduce(([low, high], p) => [Math.min(low, p[axis]), Math.max(high, p[axis])], [Infinity, -Infinity]);
  return [ends(0), ends(1)];
}

function span(strokes) {
  const [[left, right], [top, bottom]] = bounds(strokes);
  return Math.max(right - left, bottom - top);
}

function keptDrawings() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.map(asDrawing).filter(Boolean) : [];
  } catch (error) {
    return [];
  }
}

// Keeps the list in place of the old one. Gives a sentence where that failed, in which case all is as it was.
function keepDrawings(drawings) {
  if (drawings.length > MOST_DRAWINGS) {
    return "There is room for " + MOST_DRAWINGS + " drawings: delete some first.";
  }
  try {
    localStorage.setItem(KEPT, JSON.stringify(drawings));
  } catch (error) {
    return error.name === "SecurityError"
      ? "This browser lets the page keep nothing, so drawings cannot be collected."
      : "This browser has no room left for the page: export your drawings, then delete some.";
  }
  document.dispatchEvent(new CustomEvent("drawings:changed"));
  return "";
}

const sameStrokes = (one, other) => JSON.stringify(one.strokes) === JSON.stringify(other.strokes);

// Adds drawings that are not there yet; one that is there takes the new label. Gives a sentence where that failed.
function addDrawings(added) {
  const known = new Set(added.map((drawing) => JSON.stringify(drawing.strokes)));
  const others = keptDrawings().filter((drawing) => !known.has(JSON.stringify(drawing.strokes)));
  return keepDrawings([...others, ...added]);
}
