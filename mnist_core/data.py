"""MNIST as tensors on the device. No DataLoader: all of it is one tensor, and a batch is an index into it."""

import errno
import os
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple
from urllib.error import URLError

import torch

from mnist_core.errors import UserError

# Mean and standard deviation of all training pixels, scaled to 0..1.
MEAN, STD = 0.1307, 0.3081

DEFAULT_ROOT = Path(__file__).resolve().parent.parent / "data"


class Digits(NamedTuple):
    """Pictures of digits and what they show."""

    images: torch.Tensor  # uint8 [N, 1, 28, 28], 0 for paper, 255 for ink
    labels: torch.Tensor  # int64 [N]

    def __len__(self) -> int:
        return self.labels.shape[0]


class MNIST(NamedTuple):
    """The 60,000 training and 10,000 test digits."""

    train: Digits
    test: Digits


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Pictures as every network wants them: uint8 [N, 1, 28, 28] -> float32 with mean 0 and deviation 1, channels last.

    Channels last is the layout in which convolutions on a processor are fast.
    """
    pixels = images.to(memory_format=torch.channels_last, dtype=torch.float32)
    return pixels.sub_(255 * MEAN).div_(255 * STD)


def load_mnist(root: Path | str = DEFAULT_ROOT, device: torch.device | str = "cpu") -> MNIST:
    """MNIST from `root`/MNIST/raw, on the device. Missing or damaged files are downloaded, with a progress bar.

    torchvision verifies the packed files, and unpacks them beside the originals or, where that folder is read-only,
    in a folder of this user's own. Processes that start together wait for each other.
    UserError when the files cannot be had: no network, no space, no permission.
    """
    root = Path(root)
    try:
        return _load(_writable_root(root), device)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise UserError(f"The disk is full: MNIST needs 70 MB in {root}. Free some space and try again.") from error
        if isinstance(error, PermissionError):
            raise UserError(f"MNIST cannot be unpacked in {root}: no permission to write there.") from error
        raise UserError(_cannot_download(root)) from error
    except (RuntimeError, URLError) as error:
        raise UserError(_cannot_download(root)) from error


def _cannot_download(root: Path) -> str:
    return (
        f"The MNIST files in {root / 'MNIST' / 'raw'} are missing or damaged and could not be downloaded: "
        "connect to the internet and try again, or copy the four original .gz files there (data/README.md lists them)."
    )


def _writable_root(root: Path) -> Path:
    """The root itself, or a copy of the packed files in a folder of this user's own when the root is read-only."""
    raw = root / "MNIST" / "raw"
    raw_or_parent = next(folder for folder in [raw, *raw.parents] if folder.exists())
    if os.access(raw_or_parent, os.W_OK):
        return root
    user = os.getuid() if hasattr(os, "getuid") else "user"
    own = Path(tempfile.gettempdir()) / f"mnist-core-{user}"
    own_raw = own / "MNIST" / "raw"
    own_raw.mkdir(mode=0o700, parents=True, exist_ok=True)
    for packed in raw.glob("*.gz"):
        if not (own_raw / packed.name).exists():
            shutil.copyfile(packed, own_raw / packed.name)
    return own


def _load(root: Path, device: torch.device | str) -> MNIST:
    # Imported here because drawing does without them, and torchvision takes a second.
    import torchvision.datasets
    from filelock import FileLock

    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True, exist_ok=True)

    def part(train: bool) -> Digits:
        dataset = torchvision.datasets.MNIST(root, train=train, download=True)
        return Digits(dataset.data.unsqueeze(1).to(device), dataset.targets.to(device))

    with FileLock(raw / ".lock"):
        try:
            return MNIST(part(train=True), part(train=False))
        except (RuntimeError, ValueError, AssertionError, EOFError):
            # An unpacked file was cut short, by a full disk say: unpack the verified originals once more.
            for unpacked in raw.glob("*-ubyte"):
                unpacked.unlink()
            return MNIST(part(train=True), part(train=False))
