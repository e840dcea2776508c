import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_core.config import RECIPES, Recipe
from mnist_core.data import MNIST, Digits
from mnist_core.device import PRECISIONS, choose_device, choose_precision
from mnist_core.errors import UserError
from mnist_core.evaluate import evaluate
from mnist_core.options import in_group
from mnist_core.state import TrainingState
from mnist_core.train import fit

RECIPE = Recipe(epochs=2, batch_size=64, lr=0.05)
# All that a recipe can switch on, on a network with running averages of its own.
WHOLE = RECIPE.changed(
    model="large",
    lr=0.005,
    optimizer="adamw",
    schedule="one_cycle",
    initialisation="he",
    weight_decay=0.01,
    averaging=0.9,
    label_smoothing=0.1,
    settling=50,
    **{name: number.high / 8 for name, number in in_group("augmentation").items()},
)


def train(few, recipe=RECIPE, stop_after=None, state=None, **options):
    """Train, with a stop before step `stop_after` if given. Returns the state and the records."""
    state = state or TrainingState(recipe)
    steps = 0

    def should_stop():
        nonlocal steps
        steps += 1
        return stop_after is not None and steps > stop_after

    return state, list(fit(recipe, few, state, should_stop=should_stop, **options))


def same(first: TrainingState, second: TrainingState) -> bool:
    ours, theirs = first.tensors(), second.tensors()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_same_seed_gives_the_same_weights_twice_and_another_seed_others(few):
    assert same(train(few)[0], train(few)[0])
    assert not same(train(few)[0], train(few, RECIPE.changed(seed=1))[0])


@settings(max_examples=10)
@given(st.sampled_from([RECIPE, WHOLE]), st.integers(0, 19), st.integers(0, 19))
def test_a_resumed_run_equals_an_uninterrupted_one(few, recipe, first_stop, second_stop):
    whole, records = train(few, recipe)
    state = TrainingState(recipe)
    parts = []
    for stop in (first_stop, second_stop, None):
        _, part = train(few, recipe, state=state, stop_after=stop)
        parts += part
        # As if the process had ended: all that is kept is what the state says of itself.
        resumed = TrainingState(recipe)
        resumed.restore(state.tensors(), state.position())
        state = resumed
    assert same(whole, state)
    keep = ("epoch", "train_loss", "train_accuracy", "test_loss", "test_accuracy", "last_batch_loss")
    figures = [[{k: getattr(r, k) for k in keep} for r in rs if r.kind == "epoch"] for rs in (records, parts)]
    assert figures[0] == figures[1]


def test_one_cycle_rises_for_a_fifth_and_falls_to_nothing(few):
    recipe = Recipe(epochs=4, batch_size=64, lr=0.02, schedule="one_cycle")
    _, records = train(few, recipe)
    rates = [recipe.lr_at(step, 40) for step in range(40)]
    assert max(rates) == pytest.approx(0.02) and rates.index(max(rates)) == 7
    assert rates[:8] == sorted(rates[:8]) and rates[8:] == sorted(rates[8:], reverse=True)
    assert rates[-1] < 0.02 / 100
    assert [r.lr for r in records if r.kind == "step"][-1] == pytest.approx(rates[-1])


def test_an_average_of_the_weights_is_what_is_tested_and_kept(few):
    state, records = train(few, RECIPE.changed(averaging=0.9))
    assert evaluate(state.network, few.test).correct == records[-1].test_correct
    kept, model = state.weights(), state.model.state_dict()
    assert kept.keys() == model.keys() and not torch.equal(*(w["classifier.weight"] for w in (kept, model)))


def test_a_teacher_is_followed(few):
    """With nothing but the teacher to follow, the pupil comes to answer as it does, right or wrong."""
    teacher, _ = train(few, RECIPE.changed(epochs=6))
    wrong = MNIST(Digits(few.train.images, (few.train.labels + 1) % 10), few.test)
    recipe = RECIPE.changed(epochs=6, distillation=1.0, optimizer="adamw", lr=0.005)
    state = TrainingState(recipe)
    list(fit(recipe, wrong, state, teacher=teacher.model))
    answers, taught = (evaluate(m, few.train).probabilities.argmax(1) for m in (state.network, teacher.model))
    assert (answers == taught).float().mean() > 0.8
    with pytest.raises(UserError, match="learns from 'large'"):
        next(fit(recipe, few))


def test_records_say_where_training_stands(few):
    state, records = train(few)
    steps = [record for record in records if record.kind == "step"]
    epochs = [record for record in records if record.kind == "epoch"]
    assert [record.epoch for record in epochs] == [0, 1] and state.epoch == 2
    assert [record.step for record in epochs] == [9, 19]
    assert steps[-1].step == 19 and steps[-1].batch == 9 and steps[-1].epoch == 1
    assert [record.seconds for record in steps] == sorted(record.seconds for record in steps)
    last = steps[-1]
    assert last.loss == epochs[-1].last_batch_loss and last.accuracy == epochs[-1].train_accuracy


def test_the_training_loss_is_the_mean_over_all_digits_and_not_the_last_batch_s(few):
    """With a learning rate of almost nothing the network stays as it is, and so do its losses."""
    recipe = Recipe(epochs=1, batch_size=64, lr=1e-5, momentum=0)
    state, records = train(few, recipe, precision="float32")
    assert abs(records[-1].train_loss - evaluate(state.model, few.train).loss) < 1e-3


def test_a_stop_is_heard_before_the_next_step(few):
    state, records = train(few, stop_after=3)
    assert (state.epoch, state.batch) == (0, 3)
    assert not any(record.kind == "epoch" for record in records)


def test_a_loss_that_runs_away_is_told_with_the_learning_rate(few):
    with pytest.raises(UserError, match="learning rate of 1 is too high"):
        train(few, Recipe(epochs=30, batch_size=8, lr=1.0, momentum=0.99))


def test_no_two_epochs_or_seeds_share_an_order():
    def order(seed, epoch):
        state = TrainingState(Recipe(seed=seed))
        state.epoch = epoch
        return tuple(state.plan(100)[0].tolist())

    orders = {order(seed, epoch) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9 and all(sorted(order) == list(range(100)) for order in orders)


def test_both_precisions_learn_the_same(few):
    losses = [train(few, precision=precision)[1][-1].train_loss for precision in PRECISIONS]
    assert math.isclose(*losses, rel_tol=0.05)


def test_the_device_is_chosen_and_an_absent_one_refused():
    assert choose_precision(choose_device("cpu")) in PRECISIONS
    with pytest.raises(UserError, match="no device 'tpu'"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        with pytest.raises(UserError, match="no 'cuda' device"):
            choose_device("cuda")


def test_three_epochs_of_the_seed_recipe_on_real_mnist_reach_what_they_should(mnist):
    """Five seeds reached 97.2 to 98.0 % here; the plateau at the start costs an unlucky one an epoch, not three."""
    *_, last = fit(RECIPES["seed"].changed(epochs=3), mnist)
    assert last.test_accuracy > 96
    assert last.train_accuracy > 95
