"""Verify, unpack and, where they are missing or damaged, download MNIST's files: python -m mnist_core.unpack ROOT.

torchvision does it, with a progress bar. When it cannot, one sentence on the standard output says why.
"""

import errno
import sys
from pathlib import Path

import torchvision.datasets


def main(root: Path) -> str | None:
    """Unpack the files below `root`/MNIST/raw. Returns None, or what went wrong, in one sentence."""
    raw = root / "MNIST" / "raw"
    try:
        torchvision.datasets.MNIST(root, download=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return f"The disk is full: MNIST needs 70 MB in {raw}. Free some space and try again."
        if isinstance(error, PermissionError):
            return f"MNIST cannot be unpacked: no permission to write in {raw}."
        return _not_to_be_had(raw)
    except (RuntimeError, EOFError):
        return _not_to_be_had(raw)
    return None


def _not_to_be_had(raw: Path) -> str:
    return (
        f"The MNIST files in {raw} are missing or damaged and could not be downloaded: connect to the internet and try "
        "again, or copy the four original .gz files there (data/README.md lists them)."
    )


if __name__ == "__main__":
    if problem := main(Path(sys.argv[1])):
        print(problem)
        sys.exit(1)
