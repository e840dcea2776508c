"""What unfolds under the pad: the preparation step by step, and all networks on one drawing."""

import base64
import shutil

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from test_sketch import DRAWINGS, FOUR, TWO, changed

from mnist_core.calibration import Calibration
from mnist_core.predict import Predictor
from mnist_core.runs import CHECKPOINTS, Run, RunLibrary
from mnist_core.sketch import BOX, CENTRE, Steps, prepared, strokes_to_pixels
from ui.draw import Reader
from ui.panel import MOST, Readers
from ui.xray import StepByStep, one_by_one

NOTHING = Steps(scale=False, pen=False, centre=False)
BRUSHES = st.sampled_from([8, 20, 40])


def picture(drawing, steps: Steps, **pad) -> torch.Tensor:
    return prepared([drawing], steps, **pad)[0, 0].float() / 255


def extent(ink: torch.Tensor) -> int:
    """Pixels of the longer side of what is drawn."""
    return max((ink > 0.4).any(dim=1).sum(), (ink > 0.4).any(dim=0).sum()).item()


# The pure function


@given(st.lists(DRAWINGS, max_size=4), BRUSHES)
def test_all_steps_together_are_what_the_network_sees_whatever_the_brush(drawings, brush):
    assert torch.equal(prepared(drawings, Steps(), brush=brush), strokes_to_pixels(drawings))


def test_without_any_step_the_pad_is_simply_shrunk():
    line = [[[100, 50], [100, 350]]]  # across 7 of 28 pixels from the left, 3.5 to 24.5 down
    ink = picture(line, NOTHING, brush=400 / 28)
    assert ink[4:24, 6:8].sum(dim=1).sub(1).abs().max() < 0.1
    assert ink[:, :6].max() == ink[:, 9:].max() == ink[:2].max() == ink[26:].max() == 0
    assert torch.equal(ink, picture(changed(line, lambda point: 2 * point), NOTHING, pad=800, brush=800 / 28))


def test_shrunk_ink_is_the_pad_s_ink():
    """As much of the picture is dark as of the pad, for a thin brush too: a thin line grows pale, not broad."""
    for brush in (8, 20, 40):
        ink = picture([[[100, 200], [300, 200]]], NOTHING, brush=brush)
        rounded = 200 * brush + 3.14 * brush**2 / 4
        assert ink.sum() * (400 / 28) ** 2 == pytest.approx(rounded, rel=0.2)


@given(DRAWINGS, BRUSHES, st.booleans(), st.booleans())
def test_scaled_it_fills_the_box_with_either_pen(drawing, brush, pen, centre):
    assert BOX - 1 <= extent(picture(drawing, Steps(True, pen, centre), brush=brush)) <= BOX + 1


@given(DRAWINGS, BRUSHES, st.booleans(), st.booleans())
def test_centred_it_balances_where_mnist_does(drawing, brush, scale, pen):
    ink = picture(drawing, Steps(scale, pen, True), brush=brush)
    balance = torch.stack([(ink.sum(dim=d) * (torch.arange(28) + 0.5)).sum() / ink.sum() for d in (0, 1)])
    assert (balance - CENTRE).abs().max() < 0.4


@given(DRAWINGS, st.booleans(), st.booleans())
def test_the_brush_shows_unless_mnist_s_pen_draws(drawing, scale, centre):
    def ink(pen, brush):
        return picture(drawing, Steps(scale, pen, centre), brush=brush).sum()

    assert ink(True, 8) == ink(True, 40)
    assert ink(False, 8) < ink(False, 20) < ink(False, 40)


@pytest.mark.parametrize("steps", [NOTHING, Steps(), Steps(False, True, True), Steps(True, False, False)])
def test_a_batch_is_prepared_as_each_drawing_alone(steps):
    drawings = [TWO, [], FOUR, [[[5, 5]]], [[[-900, 0], [-800, 0]]]]
    alone = torch.cat([prepared([drawing], steps) for drawing in drawings])
    assert torch.equal(prepared(drawings, steps), alone) and alone[1].max() == 0


# What the page asks


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> RunLibrary:
    """With two runs of the user's: one that refuses to name any digit, and one without weights."""
    root = tmp_path_factory.mktemp("runs")
    shutil.copytree(CHECKPOINTS / "model_1", root / "doubtful")
    Run(root / "doubtful").save_calibration(Calibration(threshold=1.1))
    Run.create(root / "new", Run(CHECKPOINTS / "model_1").recipe)
    return RunLibrary(root)


@pytest.fixture(scope="module")
def predictor(library):
    return Reader(library).predictor


def question(**changes) -> dict:
    return {"model": "model_2", "strokes": TWO, "brush": 20, "scale": True, "pen": True, "centre": True} | changes


def test_the_steps_are_taken_one_by_one():
    none, first, second, third = (False,) * 3, (True, False, False), (True, True, False), (True, True, True)
    assert one_by_one(Steps()) == [none, first, second, third]
    assert one_by_one(Steps(True, False, True)) == [none, first, first, (True, False, True)]


@pytest.mark.parametrize("off", [[], ["scale"], ["scale", "centre"], ["scale", "pen", "centre"]])
def test_each_picture_comes_with_what_the_network_says_to_it(predictor, off):
    answer = StepByStep(predictor).look(question(**dict.fromkeys(off, False)))
    pictures = torch.frombuffer(bytearray(base64.b64decode(answer["pictures"])), dtype=torch.uint8).view(4, 1, 28, 28)
    steps = Steps(**{name: name not in off for name in Steps._fields})
    assert torch.equal(pictures[:1], prepared([TWO], NOTHING)) and torch.equal(pictures[3:], prepared([TWO], steps))
    probabilities = Predictor.load(CHECKPOINTS / "model_2").pixels(pictures)
    assert [reading["digit"] for reading in answer["readings"]] == probabilities.argmax(dim=1).tolist()
    certainties = [reading["certainty"] for reading in answer["readings"]]
    assert certainties == pytest.approx((100 * probabilities.amax(dim=1)).tolist(), abs=0.1)


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"strokes": "text"}, "A drawing is a list of strokes"),
        ({"strokes": [[[1, float("nan")]]]}, "A drawing is a list of strokes"),
        ({"model": "../../etc"}, "There is no run"),
        ({"model": "new"}, "has learnt nothing yet"),
        ({"brush": "wide"}, "The brush's width is a number from 1 to 100"),
        ({"brush": float("inf")}, "The brush's width"),
        ({"brush": float("nan")}, "The brush's width"),
        ({"brush": True}, "The brush's width"),
        ({"scale": 1}, "Each of the steps scale, pen, centre is true or false"),
        ({"centre": None}, "Each of the steps"),
    ],
)
def test_a_wrong_question_about_the_steps_is_refused_in_one_sentence(predictor, wrong, sentence):
    assert sentence in StepByStep(predictor).look(question(**wrong))["error"]
    assert "sent as an object" in StepByStep(predictor).look([1])["error"]


def test_all_networks_that_have_learnt_something_can_be_chosen(library, predictor):
    networks = {network["name"]: network for network in Readers(library, predictor).networks()}
    assert list(networks) == [run.name for run in library.shipped_runs()] + ["doubtful"]
    assert networks["model_1"]["parameters"] == 10_984 and networks["tiny"]["parameters"] == 990
    assert networks["tiny"]["shipped"] and not networks["doubtful"]["shipped"]


def test_each_network_reads_as_it_would_alone(library, predictor):
    names = [run.name for run in library.shipped_runs()]
    answer = Readers(library, predictor).read({"model": "large", "models": names, "strokes": FOUR})
    for name, row in zip(names, answer["rows"], strict=True):
        certainty, digit = Predictor.load(CHECKPOINTS / name).strokes([FOUR])[0].max(dim=0)
        assert row["digit"] == digit and row["certainty"] == pytest.approx(100 * certainty.item(), abs=0.1)
        assert row["differs"] == (row["digit"] != answer["digit"])


def test_a_network_that_refuses_names_no_digit_and_one_without_weights_says_so(library, predictor):
    answer = Readers(library, predictor).read({"model": "large", "models": ["doubtful", "new"], "strokes": TWO})
    doubtful, new = answer["rows"]
    assert doubtful["digit"] is None and doubtful["differs"] and doubtful["certainty"] > 50
    assert "has learnt nothing yet" in new["error"]
    asked = Readers(library, predictor).read({"model": "doubtful", "models": ["doubtful"], "strokes": TWO})
    assert asked["digit"] is None and not asked["rows"][0]["differs"]


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ([1], "A question is sent as an object"),
        ({"model": "large", "models": "large", "strokes": TWO}, "The networks are sent as"),
        ({"model": "large", "models": [1], "strokes": TWO}, "The networks are sent as"),
        ({"model": None, "models": [], "strokes": TWO}, "The networks are sent as"),
        ({"model": "large", "models": ["large"] * (MOST + 1), "strokes": TWO}, "The networks are sent as"),
        ({"model": "nothing", "models": [], "strokes": TWO}, "There is no run 'nothing'"),
        ({"model": "large", "models": ["large"], "strokes": {"x": 1}}, "A drawing is a list of strokes"),
    ],
)
def test_a_wrong_question_to_the_networks_is_refused_in_one_sentence(library, predictor, wrong, sentence):
    assert Readers(library, predictor).read(wrong)["error"].startswith(sentence)
