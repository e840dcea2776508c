"""The visitor's own drawings: corrected, kept in the browser, exported and imported, and learnt from."""

from pathlib import Path

from mnist_core.errors import UserError
from mnist_core.learn import Learner, Learnt
from mnist_core.runs import RunLibrary
from ui.component import FileComponent

FOLDER = Path(__file__).parent


class DrawingsComponent(FileComponent):
    """A FileComponent whose JavaScript reaches the drawings that this browser keeps, by what is in drawings.js."""

    shared_js = (FOLDER / "drawings.js").read_text(encoding="utf-8")


class Keeper(DrawingsComponent):
    """Nothing to be seen: it keeps corrected drawings while the fold that shows them is closed, and thus not there."""

    def __init__(self):
        super().__init__(FOLDER / "keeper", "", visible="hidden", elem_id="keeper")


class Collection(DrawingsComponent):
    """The fold's content. Its value is the network that should read from now on; `network_changed` fires then."""

    def __init__(self, library: RunLibrary):
        learner = Learner(library)

        def learn(collection: dict) -> dict:
            """Learn from {"model", "drawings": [{"label", "strokes"}]}: the scores and the new run, or {"error"}."""
            try:
                model, drawings, labels = _parts(collection)
                run, learnt = learner.learn(model, drawings, labels)
                return _scores(learnt) | {"run": run.name}
            except UserError as error:
                return {"error": str(error)}

        def undo(asked: dict) -> dict:
            """Take {"run"} back: the network to go back to, {"before"} where that still is there; or {"error"}."""
            try:
                if not isinstance(asked, dict):
                    raise UserError("What to undo is sent as an object with the run's name.")
                origin = learner.undo(asked.get("run"))
                return {"model": _if_there(library, asked.get("before")) or origin.name}
            except UserError as error:
                return {"error": str(error)}

        super().__init__(FOLDER, "", [learn, undo], elem_id="collection")


def _parts(collection: dict) -> tuple[str, list, list]:
    """Network, drawings and labels of a request. UserError when it is something else."""
    drawings = collection.get("drawings") if isinstance(collection, dict) else None
    if not isinstance(drawings, list) or not all(isinstance(drawing, dict) for drawing in drawings):
        raise UserError("Drawings are sent as a list of objects with label and strokes.")
    strokes, labels = ([drawing.get(name) for drawing in drawings] for name in ("strokes", "label"))
    return collection.get("model"), strokes, labels


def _scores(learnt: Learnt) -> dict:
    """What was read right before and after, and what each drawing is read as now."""
    return {
        "drawings": len(learnt.answers),
        "answers": learnt.answers,
        "before": learnt.before._asdict(),
        "after": learnt.after._asdict(),
    }


def _if_there(library: RunLibrary, name) -> str | None:
    try:
        return library.find(name).name
    except UserError:
        return None
