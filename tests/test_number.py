"""Numbers: several digits side by side, split and read from left to right."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.errors import UserError
from mnist_core.layout import Piece, in_lines, joined
from mnist_core.number import read_strokes
from mnist_core.predict import Predictor
from ui.reader import answer

# One way to write each digit, in a box of 60x100.
DIGITS = {
    0: [[(30, 0), (8, 18), (0, 50), (8, 82), (30, 100), (52, 82), (60, 50), (52, 18), (32, 1)]],
    1: [[(15, 25), (35, 0), (35, 50), (35, 100)]],
    2: [[(4, 24), (18, 4), (38, 2), (56, 20), (46, 48), (4, 100), (32, 99), (60, 98)]],
    3: [[(4, 10), (30, 0), (54, 18), (44, 40), (24, 47), (46, 54), (58, 78), (36, 100), (2, 92)]],
    4: [[(20, 0), (2, 58), (30, 59), (60, 57)], [(44, 20), (42, 60), (40, 100)]],
    5: [[(10, 2), (7, 44), (30, 37), (56, 60), (48, 92), (24, 100), (0, 90)], [(10, 2), (34, 1), (58, 0)]],
    6: [[(44, 0), (16, 28), (2, 68), (14, 96), (36, 100), (54, 80), (42, 56), (22, 56), (6, 74)]],
    7: [[(2, 4), (30, 2), (58, 0), (38, 50), (24, 100)]],
    8: [[(48, 14), (30, 0), (10, 16), (20, 42), (46, 62), (52, 86), (30, 100), (8, 84), (18, 60), (44, 38), (50, 18)]],
    9: [[(52, 16), (30, 0), (6, 18), (8, 44), (28, 52), (50, 32), (54, 8), (51, 52), (46, 100)]],
}


@pytest.fixture(scope="module")
def predictor():
    return Predictor.load()


def written(number: str, size: float = 1.0, gap: float = 25, left: float = 10, top: float = 10) -> list:
    strokes = []
    for place, digit in enumerate(number):
        for stroke in DIGITS[int(digit)]:
            strokes.append([[left + size * (x + place * (60 + gap)), top + size * y] for x, y in stroke])
    return strokes


def read(predictor, strokes) -> str:
    return "".join(str(int(reading.probabilities.argmax())) for reading in read_strokes(predictor, strokes))


@settings(max_examples=40)
@given(st.text("0123456789", min_size=1, max_size=6), st.floats(0.3, 3), st.floats(15, 60))
def test_a_number_is_read_from_left_to_right_at_any_size(predictor, number, size, gap):
    assert read(predictor, written(number, size, gap)) == number


@settings(max_examples=20)
@given(st.text("0123456789", min_size=2, max_size=4), st.randoms())
def test_the_order_in_which_strokes_were_drawn_makes_no_difference(predictor, number, random):
    strokes = written(number)
    shuffled = random.sample(strokes, len(strokes))
    assert read(predictor, shuffled) == read(predictor, strokes)


@settings(max_examples=15)
@given(
    st.lists(st.text("0123456789", min_size=1, max_size=3), min_size=2, max_size=3), st.floats(0.4, 1), st.floats(0, 9)
)
def test_lines_are_read_from_the_top_down_though_they_slope(predictor, numbers, gap, slope):
    strokes = []
    for place, number in enumerate(numbers):
        line = written(number, top=10 + place * 100 * (1 + gap))
        strokes += [[[x, y + slope * x / 60] for x, y in stroke] for stroke in line]
    readings = read_strokes(predictor, strokes)
    assert answer(readings)["number"] == " ".join(numbers)


def test_what_lies_apart_is_still_one_digit_where_that_is_likelier(predictor):
    ring = np.stack([np.cos(turns := np.linspace(0, 2 * np.pi, 40)), np.sin(turns)], axis=1)
    eight = [(40 * ring + [50, 40]).tolist(), (40 * ring + [50, 124]).tolist()]
    assert read(predictor, eight) == "8"
    [five, bar] = DIGITS[5]
    assert read(predictor, [five, [(x, y - 12) for x, y in bar]]) == "5"


def test_a_steep_line_is_one_line():
    boxes = [Piece([n], 60 * n, 100 - 60 * n, 60 * n + 40, 150 - 60 * n) for n in range(3)]
    assert [[piece.content for piece in line] for line in in_lines(boxes)] == [[[2], [1], [0]]]


def test_digits_that_touch_in_one_stroke_are_cut(predictor):
    """Two digits drawn without lifting the pen: the end of the 2 is the beginning of the 7."""
    two, seven = DIGITS[2][0], [(x + 62, y) for x, y in DIGITS[7][0]]
    assert read(predictor, [[list(point) for point in [*two, *seven]]]) in ("27", "21")


def test_each_reading_says_where_it_was_drawn_and_what_the_network_saw(predictor):
    readings = read_strokes(predictor, written("10"))
    assert len(readings) == 2
    one, zero = readings
    assert one.box[2] < zero.box[0] and one.box[1] == pytest.approx(10) and zero.box[3] == pytest.approx(110)
    assert one.pixels.shape == (1, 28, 28) and one.accepted and zero.accepted


def test_an_empty_pad_holds_no_number(predictor):
    assert read_strokes(predictor, []) == [] and read_strokes(predictor, [[]]) == []


def test_what_is_no_drawing_is_told_in_one_sentence(predictor):
    with pytest.raises(UserError, match="A drawing is a list of strokes"):
        read_strokes(predictor, "2024")


def test_joined_pieces_span_the_box_around_both():
    one, other = Piece([np.zeros((1, 2))], 0, 5, 10, 20), Piece([np.ones((1, 2))], 8, 0, 30, 9)
    both = joined([one, other])
    assert both[1:] == (0, 0, 30, 20) and len(both.content) == 2
