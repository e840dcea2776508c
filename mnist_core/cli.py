"""The command line: python -m mnist_core train | evaluate | predict | summary | runs."""

import argparse
import json
import signal
import sys
from pathlib import Path

from mnist_core.config import RECIPES, recipe_named
from mnist_core.device import DEVICES
from mnist_core.errors import UserError
from mnist_core.options import CHOICES, NUMBERS


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is 0, or 1 after an error that is told in one sentence."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options) or 0
    except UserError as error:
        print(f"mnist_core: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read the output, `head` say, has seen enough.
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m mnist_core", description="Train small networks on MNIST, and read digits with them."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    train = commands.add_parser(
        "train",
        help="train a network into a run folder",
        description=_train.__doc__,
        epilog="recipes:\n" + "\n".join(f"  {name:<10}{recipe.purpose}" for name, recipe in RECIPES.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    train.set_defaults(command=_train)
    where = train.add_mutually_exclusive_group()
    where.add_argument("--out", metavar="DIR", help="the new run folder (default: one named by the time, in runs/)")
    where.add_argument("--resume", metavar="DIR", help="go on with the run in this folder, exactly where it stopped")
    train.add_argument(
        "--recipe", metavar="NAME", default="seed", help="the recipe to train by, see below (default: %(default)s)"
    )
    train.add_argument("--model", metavar="NAME", help="the network (default: the recipe's; `summary` lists them)")
    for name, choices in CHOICES.items():
        meanings = "; ".join(f"{choice}: {meaning}" for choice, meaning in choices.items())
        train.add_argument(f"--{name}", metavar="NAME", help=f"{meanings} (default: the recipe's)")
    for name, number in NUMBERS.items():
        train.add_argument(
            f"--{name.replace('_', '-')}",
            type=float,
            metavar="N",
            help=f"{number.meaning}, {number.low:.10g} to {number.high:.10g} (default: the recipe's)",
        )
    train.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: %(default)s)")

    evaluate = commands.add_parser("evaluate", help="test loss and accuracy of a run", description=_evaluate.__doc__)
    evaluate.set_defaults(command=_evaluate)
    evaluate.add_argument("run", metavar="DIR", help="a run folder or a shipped checkpoint")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.add_argument("--device", choices=DEVICES, default="auto", help="where to compute (default: %(default)s)")

    predict = commands.add_parser("predict", help="read the digit in image files", description=_predict.__doc__)
    predict.set_defaults(command=_predict)
    predict.add_argument("run", metavar="DIR", help="a run folder or a shipped checkpoint")
    predict.add_argument("images", metavar="IMAGE", nargs="+", help="image files: one digit each, ink dark or light")

    summary = commands.add_parser("summary", help="the table of a network's layers", description=_summary.__doc__)
    summary.set_defaults(command=_summary)
    summary.add_argument("model", metavar="MODEL", nargs="?", help="a network's name (default: list them)")
    summary.add_argument("--receptive-fields", action="store_true", help="add how many pixels wide each layer sees")

    runs = commands.add_parser("runs", help="list the runs", description=_runs.__doc__)
    runs.set_defaults(command=_runs)
    runs.add_argument("folder", metavar="DIR", nargs="?", help="where the runs are (default: runs/, or $MNIST_RUNS)")
    return parser


def _train(options: argparse.Namespace) -> None:
    """Train a network, with a progress bar for each epoch. Ctrl-C stops, and keeps what was learnt."""
    from mnist_core.data import load_mnist
    from mnist_core.device import choose_device
    from mnist_core.execute import StopRequest, execute
    from mnist_core.runs import Run, new_run, runs_root

    device = choose_device(options.device)
    given = {
        name: getattr(options, name) for name in ("model", *CHOICES, *NUMBERS) if getattr(options, name) is not None
    }
    if options.resume:
        if given:
            raise UserError("--resume goes on with the run's own recipe: leave the other options out.")
        run = Run(options.resume)
        if run.recipe.epochs == run.status.epoch:
            raise UserError(
                f"{options.resume} has finished all its {run.recipe.epochs} epochs: train a new run instead."
            )
    else:
        recipe = recipe_named(options.recipe).changed(**given)
        run = Run.create(options.out, recipe) if options.out else new_run(runs_root(), recipe)

    stop = StopRequest()
    signal.signal(signal.SIGINT, lambda *_: stop.make("stopped"))
    signal.signal(signal.SIGTERM, lambda *_: stop.make("interrupted"))
    with _Console(run) as console:
        execute(run, lambda: load_mnist(device=device), stop, console.show)
    if run.status.state == "finished":
        print(f"Finished: {run.folder}")
    else:
        print(f"Stopped; go on with: python -m mnist_core train --resume {run.folder}")


class _Console:
    """Shows the records of a training as the published log does: a bar for each epoch, then two lines."""

    def __init__(self, run):
        self.batches = run.recipe.steps_per_epoch()
        self.bar = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._close_bar()

    def show(self, record) -> None:
        from tqdm import tqdm

        from mnist_core import log

        if record.kind == "epoch":
            self._close_bar()
            print(log.results(record), end="", flush=True)
            return
        if self.bar is None:
            print(log.heading(record.epoch), end="", flush=True)
            self.bar = tqdm(total=self.batches, initial=record.batch, dynamic_ncols=True)
        self.bar.set_description_str(log.bar_label(record), refresh=False)
        self.bar.update(record.batch + 1 - self.bar.n)

    def _close_bar(self) -> None:
        if self.bar is not None:
            self.bar.refresh()
            self.bar.close()
            self.bar = None


def _evaluate(options: argparse.Namespace) -> None:
    """Test loss and accuracy of a run or a shipped checkpoint, on MNIST's 10,000 test digits."""
    from mnist_core.data import load_mnist
    from mnist_core.device import choose_device
    from mnist_core.evaluate import evaluate
    from mnist_core.runs import Run

    device = choose_device(options.device)
    run = Run(options.run)
    result = evaluate(run.network().to(device), load_mnist(device=device).test)
    if options.json:
        numbers = {"test_loss": result.loss, "test_accuracy": result.accuracy, "test_correct": result.correct}
        print(json.dumps({"run": str(options.run), "model": run.recipe.model} | numbers))
    else:
        print(
            f"{run.recipe.model}: test loss {result.loss:.4f}, "
            f"accuracy {result.accuracy:.2f} % ({result.correct}/10000)"
        )


def _predict(options: argparse.Namespace) -> int:
    """Read the digit in each image file: the answer, and the probability of every digit."""
    from mnist_core.images import open_image
    from mnist_core.predict import Predictor

    predictor = Predictor.load(options.run)
    failed = 0
    for path in options.images:
        try:
            probabilities = predictor.images([open_image(Path(path))])[0]
        except UserError as error:
            print(f"{path}: {error}", file=sys.stderr)
            failed = 1
            continue
        rest = "  ".join(f"{digit}: {100 * p:5.2f}" for digit, p in enumerate(probabilities.tolist()))
        empty = bool((probabilities == probabilities[0]).all())
        doubt = "" if predictor.accepts(probabilities[None]) else ", not sure"
        print(f"{path}: {'no digit' if empty else f'{int(probabilities.argmax())}{doubt}'}   (percent: {rest})")
    return failed


def _summary(options: argparse.Namespace) -> None:
    """The table of a network's layers, with output shapes, parameters and size estimates in megabytes."""
    from mnist_core.layers import layer_table
    from mnist_core.models import MODELS, build, describe

    if options.model:
        print(layer_table(build(options.model)).text(options.receptive_fields))
    else:
        print("\n".join(f"{name}: {describe(name)}" for name in MODELS))


def _runs(options: argparse.Namespace) -> None:
    """List the runs in a folder, newest first, with their state and last test accuracy."""
    from mnist_core.runs import runs_in, runs_root

    root = Path(options.folder) if options.folder else runs_root()
    found = runs_in(root)
    if not found:
        print(f"No runs in {root} yet.")
    for run in found:
        status = run.status
        tested = f"{status.test_accuracy:.2f} %" if status.test_accuracy is not None else "-"
        print(f"{run.name:<32} {status.state:<12} epoch {status.epoch:>3}/{status.epochs:<3}  test {tested}")
        if status.error:
            print(f"    {status.error}")
