import gzip
import os
import shutil
import subprocess
import sys

import pytest
import torch
from conftest import PROJECT

from mnist_core.data import MEAN, STD, load_mnist, normalise
from mnist_core.errors import UserError

PACKED = sorted((PROJECT / "data" / "MNIST" / "raw").glob("*.gz"))


@pytest.fixture
def packed(tmp_path):
    """A folder with MNIST's four packed files, as in a fresh clone."""
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for path in PACKED:
        shutil.copyfile(path, raw / path.name)
    return tmp_path


def test_mnist_is_what_it_is_known_to_be(mnist):
    assert mnist.train.images.shape == (60_000, 1, 28, 28) and mnist.test.images.shape == (10_000, 1, 28, 28)
    assert mnist.train.labels.bincount().tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert mnist.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


def test_normalised_training_digits_have_mean_0_and_deviation_1(mnist):
    pixels = mnist.train.images.float() / 255
    assert abs(pixels.mean() - MEAN) < 1e-4 and abs(pixels.std() - STD) < 1e-4
    normal = normalise(mnist.train.images[:6000])
    assert abs(normal.mean()) < 0.02 and abs(normal.std() - 1) < 0.02
    assert normal.is_contiguous(memory_format=torch.channels_last)


def test_a_fresh_clone_unpacks_the_files_without_a_network(packed, mnist):
    loaded = load_mnist(packed)
    assert torch.equal(loaded.test.images, mnist.test.images) and torch.equal(loaded.train.labels, mnist.train.labels)


def test_an_unpacked_file_that_was_cut_short_is_unpacked_again(packed, mnist):
    load_mnist(packed)
    unpacked = packed / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
    unpacked.write_bytes(unpacked.read_bytes()[:1000])
    assert torch.equal(load_mnist(packed).test.images, mnist.test.images)


def no_network(monkeypatch):
    """Downloads go to a port where nobody listens."""
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.parametrize("damage", ["missing", "corrupt"])
def test_a_file_that_cannot_be_had_is_told_in_one_sentence(packed, damage, monkeypatch):
    no_network(monkeypatch)
    path = packed / "MNIST" / "raw" / "t10k-labels-idx1-ubyte.gz"
    path.unlink() if damage == "missing" else path.write_bytes(gzip.compress(b"something else"))
    with pytest.raises(UserError, match=r"missing or damaged.*connect to the internet"):
        load_mnist(packed)


@pytest.mark.skipif(sys.platform == "win32" or not shutil.which("setpriv"), reason="needs setpriv to be somebody else")
@pytest.mark.skipif(hasattr(os, "getuid") and os.getuid() != 0, reason="needs root to be somebody else")
def test_a_read_only_folder_is_no_obstacle(packed, tmp_path_factory):
    own = tmp_path_factory.mktemp("own")
    own.chmod(0o777)
    for folder in [packed, *packed.parents[:2]]:
        folder.chmod(0o755)
    code = f"from mnist_core.data import load_mnist; print(len(load_mnist({str(packed)!r}).test))"
    nobody = (
        "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps +dac_read_search --ambient-caps +dac_read_search"
    )
    output = subprocess.run(
        [*nobody.split(), sys.executable, "-c", code],
        cwd=PROJECT,
        env=os.environ | {"TMPDIR": str(own)},
        capture_output=True,
        text=True,
    )
    assert output.stdout.strip() == "10000", output.stderr
    assert not list((packed / "MNIST" / "raw").glob("*-ubyte"))
