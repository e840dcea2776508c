"""Learning from a few drawings: they are read right afterwards, MNIST is not forgotten, and all of it can be undone."""

import threading

import pytest
import torch

from mnist_core.calibration import Calibration
from mnist_core.data import MNIST, Digits
from mnist_core.errors import UserError
from mnist_core.learn import (
    FORGETTING,
    MINE,
    MOST_DRAWINGS,
    Learner,
    Learnt,
    accuracy_on,
    check_collection,
    keep,
    learn,
)
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, Run, RunLibrary

# A 1 with a flag as long as its stem, which looks like a 4 to the network, and an open 4.
ODD = [
    ([[[80, 200], [220, 60], [220, 340]]], 1),
    ([[[120, 60], [110, 210], [300, 210]], [[260, 70], [260, 340]]], 4),
]
ONE = [[[200, 60], [205, 340]]]


@pytest.fixture(scope="module")
def fast() -> Run:
    return Run(CHECKPOINTS / "fast")


@pytest.fixture(scope="module")
def misread(fast) -> tuple[list, list[int]]:
    """A few drawings with the labels that the network does not give them, at first."""
    drawings = [strokes for strokes, _ in ODD]
    answers = Predictor.load(fast.folder).strokes(drawings).argmax(dim=1).tolist()
    labels = [label for _, label in ODD]
    assert answers != labels
    return drawings, labels


@pytest.fixture(scope="module")
def learnt(fast, misread, mnist) -> Learnt:
    return learn(fast, *misread, mnist)


def test_what_was_read_wrong_is_read_right_and_little_is_forgotten(learnt, misread):
    assert learnt.before.right < learnt.after.right == len(misread[1])
    assert learnt.answers == misread[1]
    assert learnt.after.accuracy >= learnt.before.accuracy - FORGETTING - 1e-4


def test_the_run_itself_is_left_as_it_was_and_the_normalisations_keep_their_statistics(learnt, fast):
    weights = fast.weights()
    assert weights.keys() == learnt.weights.keys()
    assert any(not torch.equal(weights[name], learnt.weights[name]) for name in weights)
    for name in weights:
        if "running" in name or "num_batches" in name:
            assert torch.equal(weights[name], learnt.weights[name])


def test_the_same_drawings_teach_the_same(learnt, fast, misread, mnist):
    again = learn(fast, *misread, mnist, accuracy=learnt.before.accuracy)
    assert again.after == learnt.after
    for name, weights in learnt.weights.items():
        torch.testing.assert_close(again.weights[name], weights)


def test_drawings_that_are_read_right_and_surely_teach_nothing(fast, mnist):
    with pytest.raises(UserError, match="nothing to learn"):
        learn(fast, [ONE], [1], mnist)


def test_what_would_make_it_forget_is_refused_with_the_reason(fast, mnist):
    every_one_a_zero = MNIST(mnist.train, Digits(mnist.test.images[:100], torch.zeros(100, dtype=torch.int64)))
    with pytest.raises(UserError, match="Nothing was changed.*test digits instead of"):
        learn(fast, [ONE], [7], every_one_a_zero, accuracy=100.0)


def test_what_contradicts_itself_is_refused_with_the_reason(fast, few):
    with pytest.raises(UserError, match="Nothing was changed"):
        learn(fast, [ONE, ONE], [1, 7], few)


def test_what_was_learnt_is_kept_as_a_finished_run_that_reads(learnt, fast, misread, tmp_path):
    run = keep(learnt, fast, tmp_path)
    assert run.name.endswith("-fast" + MINE)
    assert run.status.state == "finished" and run.recipe == fast.recipe
    assert run.status.test_accuracy == pytest.approx(learnt.after.accuracy, abs=0.01)
    assert run.environment["learnt_from"] == "fast" and run.environment["drawings"] == len(misread[1])
    assert run.calibration() == fast.calibration()
    assert Predictor.load(run.folder).strokes(misread[0]).argmax(dim=1).tolist() == misread[1]


def test_the_calibration_is_taken_over_and_its_threshold_is_reached(fast, misread, mnist, tmp_path):
    run = Run.create(tmp_path / "calibrated", fast.recipe)
    run.save_weights(fast.weights())
    run.save_calibration(Calibration(1.3, 0.85))
    copy = keep(learn(run, *misread, mnist), run, tmp_path)
    assert copy.calibration() == run.calibration()
    predictor = Predictor.load(copy.folder)
    assert predictor.accepts(predictor.strokes(misread[0])).all()


@pytest.fixture
def learner(tmp_path) -> Learner:
    return Learner(RunLibrary(tmp_path))


def test_a_copy_is_not_taught_further_but_its_origin_anew_and_undoing_goes_back_there(learner, misread):
    run, _ = learner.learn("fast", *misread)
    again, learnt = learner.learn(run.name, misread[0][:1], misread[1][:1])
    assert again.environment["learnt_from"] == "fast"
    assert learnt.before.accuracy == pytest.approx(accuracy_of_fast(learner))
    assert learner.undo(again.name).name == learner.undo(run.name).name == "fast"
    assert learner.library.own_runs() == [] and not run.folder.exists()


def accuracy_of_fast(learner: Learner) -> float:
    ((_, accuracy),) = learner._accuracies.items()
    return accuracy


def test_only_what_was_learnt_from_drawings_can_be_undone(learner, tmp_path, fast):
    Run.create(tmp_path / "trained", fast.recipe)
    for name in ("trained", "fast"):
        with pytest.raises(UserError, match="nothing to undo"):
            learner.undo(name)
    for name in ("../trained", "gone", None):
        with pytest.raises(UserError, match="There is no run"):
            learner.undo(name)
    assert (tmp_path / "trained").is_dir()


def test_a_second_visitor_is_told_to_wait(learner, misread):
    heard = []
    with learner._busy:
        thread = threading.Thread(target=lambda: heard.append(refusal(lambda: learner.learn("fast", *misread))))
        thread.start()
        thread.join()
    assert "try again" in heard[0]


def refusal(work) -> str:
    with pytest.raises(UserError) as error:
        work()
    return str(error.value)


@pytest.mark.parametrize(
    "drawings, labels, reason",
    [
        ([], [], "no drawings yet"),
        ([ONE], [10], "from 0 to 9"),
        ([ONE], [True], "from 0 to 9"),
        ([ONE], ["1"], "from 0 to 9"),
        ([ONE], [], "from 0 to 9"),
        ([ONE] * (MOST_DRAWINGS + 1), [1] * (MOST_DRAWINGS + 1), "at most"),
        ([[[[0, 0]] * 20_000]] * 11, [1] * 11, "points at most"),
        ([None], [1], "list of strokes"),
    ],
)
def test_a_collection_is_checked(drawings, labels, reason):
    with pytest.raises(UserError, match=reason):
        check_collection(drawings, labels)


def test_accuracy_in_the_faster_precision_is_nearly_that_of_the_run(fast, mnist):
    assert accuracy_on(fast.network(), mnist.test) == pytest.approx(fast.status.test_accuracy, abs=0.05)
