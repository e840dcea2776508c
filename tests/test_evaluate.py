import torch
import torch.nn.functional as F
from torch import nn

from mnist_core.data import normalise
from mnist_core.evaluate import evaluate
from mnist_core.models import build


def test_the_figures_agree_with_each_other_and_with_one_big_batch(few):
    model = build("model_1")
    result = evaluate(model, few.test, batch_size=37)
    with torch.inference_mode():
        output = model.eval()(normalise(few.test.images))
    assert abs(result.loss - F.nll_loss(output, few.test.labels).item()) < 1e-5
    assert result.correct == (output.argmax(dim=1) == few.test.labels).sum() == result.confusion.diag().sum()
    assert result.accuracy == 100 * result.correct / len(few.test)
    assert torch.equal(result.confusion.sum(dim=1), few.test.labels.bincount(minlength=10))
    torch.testing.assert_close(result.probabilities, output.exp(), atol=1e-5, rtol=1e-4)


def test_it_leaves_the_network_as_it_was(few):
    model = nn.Sequential(nn.Dropout(0.5), nn.Flatten(), nn.Linear(784, 10)).train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    first, second = evaluate(model, few.test), evaluate(model, few.test)
    assert model.training and first.loss == second.loss
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items())
