"""MNIST as tensors on the device. No DataLoader: all of it is one tensor, and a batch is an index into it."""

import gzip
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from filelock import FileLock

from mnist_core.errors import UserError

# Mean and standard deviation of all training pixels, scaled to 0..1.
MEAN, STD = 0.1307, 0.3081

PROJECT = Path(__file__).resolve().parent.parent
DEFAULT_ROOT = PROJECT / "data"


# The label of a drawing that is no digit.
NO_DIGIT = -1


class Digits(NamedTuple):
    """Pictures of digits and what they show."""

    images: torch.Tensor  # uint8 [N, 1, 28, 28], 0 for paper, 255 for ink
    labels: torch.Tensor  # int64 [N], 0 to 9 or NO_DIGIT

    def __len__(self) -> int:
        return self.labels.shape[0]


class MNIST(NamedTuple):
    """The 60,000 training and 10,000 test digits."""

    train: Digits
    test: Digits


def normalise(images: torch.Tensor) -> torch.Tensor:
    """Pictures as every network wants them: [N, 1, 28, 28], 0 to 255 -> float32 with mean 0 and deviation 1.

    Channels last is the layout in which convolutions on a processor are fast.
    """
    pixels = images.to(memory_format=torch.channels_last, dtype=torch.float32)
    return pixels.sub(255 * MEAN).div_(255 * STD)


def load_mnist(root: Path | str = DEFAULT_ROOT, device: torch.device | str = "cpu") -> MNIST:
    """MNIST from `root`/MNIST/raw, on the device. What is missing or damaged there is unpacked or downloaded first.

    Processes that start together wait for each other. Where the folder is read-only, the files are unpacked in one of
    this user's own. UserError when the files cannot be had: no network, no space, no permission.
    """
    raw = Path(root) / "MNIST" / "raw"
    try:
        mnist = _read_or_unpack(raw) if _is_writable(raw) else _read_or_copy(raw)
    except (OSError, ValueError) as error:
        raise UserError(f"MNIST cannot be read from {raw}: {error}.") from error
    return MNIST(*(Digits(part.images.to(device), part.labels.to(device)) for part in mnist))


@cache
def first_training_images(count: int, root: Path | str = DEFAULT_ROOT) -> torch.Tensor:
    """The first so many training pictures, uint8 [count, 1, 28, 28], without reading the rest. UserError if absent."""
    path = Path(root) / "MNIST" / "raw" / "train-images-idx3-ubyte"
    size = count * 28 * 28
    try:
        with path.open("rb") if path.exists() else gzip.open(f"{path}.gz") as file:
            content = file.read(16 + size)[16:]
    except OSError as error:
        raise UserError(f"MNIST cannot be read from {path.parent}: {error}.") from error
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).view(count, 1, 28, 28)


def _is_writable(folder: Path) -> bool:
    there = next(parent for parent in [folder, *folder.absolute().parents] if parent.exists())
    return os.access(there, os.W_OK)


def _read_or_unpack(raw: Path) -> MNIST:
    raw.mkdir(parents=True, exist_ok=True)
    with FileLock(raw / ".lock"):
        try:
            return _read(raw)
        except (OSError, ValueError):
            _unpack(raw)
            return _read(raw)


def _read_or_copy(raw: Path) -> MNIST:
    """The unpacked files where they are, or else a copy of the packed ones, unpacked in a folder of this user's own."""
    try:
        return _read(raw)
    except (OSError, ValueError):
        user = os.getuid() if hasattr(os, "getuid") else "user"
        own = Path(tempfile.gettempdir()) / f"mnist-core-{user}" / "MNIST" / "raw"
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        for packed in raw.glob("*.gz"):
            if not (own / packed.name).exists():
                shutil.copyfile(packed, own / packed.name)
        return _read_or_unpack(own)


def _read(raw: Path) -> MNIST:
    """The four unpacked files; OSError or ValueError when one is missing or cut short.

    The format is plain: a header of 4 bytes for each dimension and 4 more, then the numbers as bytes.
    """

    def part(name: str, digits: int) -> Digits:
        images = np.fromfile(raw / f"{name}-images-idx3-ubyte", np.uint8, offset=16)
        labels = np.fromfile(raw / f"{name}-labels-idx1-ubyte", np.uint8, offset=8)
        if labels.size != digits:
            raise ValueError(f"{name}-labels-idx1-ubyte is cut short")
        return Digits(torch.from_numpy(images).view(digits, 1, 28, 28), torch.from_numpy(labels).long())

    try:
        return MNIST(part("train", 60_000), part("t10k", 10_000))
    except RuntimeError as error:
        raise ValueError("a file of images is cut short") from error


def _unpack(raw: Path) -> None:
    """Have torchvision verify and unpack the files, after it has downloaded those that are missing or damaged.

    That is done once, in a process of its own: torchvision takes a second and 50 MB that training has no use for.
    """
    for unpacked in raw.glob("*-ubyte"):
        unpacked.unlink()
    command = [sys.executable, "-m", "mnist_core.unpack", str(raw.parent.parent.resolve())]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise UserError(done.stdout.strip() or f"torchvision could not unpack MNIST in {raw}.")
