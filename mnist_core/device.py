"""Where to compute, in which precision, and with how much memory."""

import contextlib
import ctypes
import gc
import sys

import torch

from mnist_core.errors import UserError

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = {"bfloat16": torch.bfloat16, "float32": torch.float32}


def choose_device(name: str = "auto") -> torch.device:
    """The device of that name; "auto" takes an NVIDIA GPU, else an Apple GPU, else the processor.

    UserError if the name is unknown or this machine has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in available.items() if there))
    if name not in DEVICES:
        raise UserError(f"There is no device '{name}'; choose one of: {', '.join(DEVICES)}.")
    if not available[name]:
        raise UserError(f"PyTorch finds no '{name}' device on this machine; use --device cpu, or leave it on auto.")
    return torch.device(name)


def choose_precision(device: torch.device) -> str:
    """The faster precision that the device really has: "bfloat16" or "float32".

    A processor without bfloat16 instructions emulates them, several times slower than float32 (measured in
    docs/architecture.md), so the instructions themselves are asked for.
    """
    if device.type == "cpu":
        has = torch.cpu.get_capabilities()
        native = any(has.get(name, False) for name in ("amx_bf16", "avx512_bf16", "bf16"))
        return "bfloat16" if native else "float32"
    if device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False):
        return "bfloat16"
    return "float32"


def keep_freed_memory() -> None:
    """Let the C library keep the memory that a training step frees, for the next step. Only glibc is affected.

    By default glibc hands large blocks back to the system as they are freed, and trims the end of its heap, so that
    each step pays for fresh pages: 14 ms a step for model_1 where 8.6 ms do (mallopt(3)). `give_back_memory` hands it
    all back in the end.
    """
    trim_threshold, mmap_threshold = -1, -3  # the parameters' numbers in malloc.h
    with contextlib.suppress(OSError, AttributeError, TypeError):
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_threshold, 32 * 2**20)
        libc.mallopt(trim_threshold, 2**30)


def give_back_memory() -> None:
    """Hand memory that is no longer used back to the system, where the C library is glibc."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def leave_out_triton() -> None:
    """Without an NVIDIA GPU, keep torch from loading Triton, a compiler for GPUs, along with its first optimizer.

    It would cost 80 MB. torch does without it on every system that has none.
    """
    if not torch.cuda.is_available():
        sys.modules.setdefault("triton", None)
