"""A training run as text, in the form of the published log."""

from tqdm import tqdm

from mnist_core.config import TRAINING_DIGITS
from mnist_core.train import EpochRecord, StepRecord

TEST_DIGITS = 10_000
RULE = "-" * 44


def heading(epoch: int) -> str:
    """The two lines above an epoch's bar."""
    return f"{RULE}\nEPOCH: {epoch}\n"


def bar_label(record: StepRecord) -> str:
    """What stands in front of the bar. Accuracy is over the epoch so far."""
    return f"Loss={record.loss} Batch_id={record.batch} Accuracy={record.accuracy:.2f}"


def full_bar(record: StepRecord, batches: int, seconds: float) -> str:
    """The bar of a finished epoch."""
    meter = tqdm.format_meter(batches, batches, seconds, prefix=bar_label(record), ncols=120)
    return f"{meter}\n"


def results(record: EpochRecord) -> str:
    """The lines for training set and test set.

    The published log gave the last batch's loss as the training set's average; here the average is the average, and
    the last batch's stands beside it.
    """
    return (
        f"\nTraining set: Average loss: {record.train_loss:.4f} (last batch: {record.last_batch_loss:.4f}), "
        f"Accuracy: {record.train_correct}/{TRAINING_DIGITS} ({record.train_accuracy:.2f}%)\n\n"
        f"\nTest set: Average loss: {record.test_loss:.4f}, "
        f"Accuracy: {record.test_correct}/{TEST_DIGITS} ({record.test_accuracy:.2f}%)\n\n{RULE}\n"
    )
