"""A training run as it goes: progress, curves, table of epochs, log."""

from pathlib import Path

from mnist_core.errors import UserError
from mnist_core.published import published_epochs
from mnist_core.runs import Run, RunLibrary
from ui.component import PlotComponent
from ui.monitor.progress import progress, row
from ui.plots import Figure, accuracy_figure, loss_figure


class Monitor(PlotComponent):
    """Its value is {"run": NAME, "asked": NUMBER}; a new number has the page look at once. `state_changed` fires when
    the shown run begins, ends, or is another one.
    """

    def __init__(self, library: RunLibrary, value: dict):
        super().__init__(Path(__file__).parent, value, [RunFeed(library).watch_run], elem_id="monitor")


class RunFeed:
    """Tells viewers what is new about a run. Records are read once, whoever watches."""

    MOST_RUNS = 16

    def __init__(self, library: RunLibrary):
        self.library = library
        self._records: dict[Path, tuple[list[dict], int]] = {}

    def watch_run(self, seen: dict) -> dict:
        """What is new about seen["run"] since `seen`, which is the "seen" of the answer before, or zeros at first.

        The figures are sent whole when there is anything new on them: their points are means over stretches of the
        training that grow as it goes on.
        """
        try:
            run = self.library.find(seen["run"])
            known = {name: max(0, int(seen[name])) for name in ("offset", "epochs", "log")}
        except UserError as error:
            return {"error": str(error)}
        except (TypeError, KeyError, ValueError):
            return {"error": "This page is of another version than the server: reload it."}
        records, offset = self._read(run)
        restarted = offset < known["offset"]
        if restarted:
            known = dict.fromkeys(known, 0)
        epochs = [record for record in records if record["kind"] == "epoch"]
        log = run.log()
        now = {"offset": offset, "epochs": len(epochs), "log": len(log)}
        answer = progress(run, records) | {
            "restarted": restarted,
            "rows": [row(epoch) for epoch in epochs[known["epochs"] :]],
            "log": log[known["log"] :],
        }
        if offset != known["offset"] or not seen.get("state"):
            answer["figures"] = _figures(run, records)
        return answer | {"seen": now | {"run": run.name, "state": answer["state"]}}

    def _read(self, run: Run) -> tuple[list[dict], int]:
        """All records of a run, of which only the new ones are read from disk, and the offset of their end."""
        records, offset = self._records.pop(run.folder, ([], 0))
        new, end = run.records(offset)
        if end < offset:
            records, (new, end) = [], run.records()
        self._records[run.folder] = (records + new, end)
        if len(self._records) > self.MOST_RUNS:
            self._records.pop(next(iter(self._records)))
        return records + new, end


def _figures(run: Run, records: list[dict]) -> dict[str, Figure]:
    steps = run.recipe.steps_per_epoch()
    return {
        "loss": loss_figure(records, steps, published_epochs()),
        "accuracy": accuracy_figure(records, steps, published_epochs()),
    }
