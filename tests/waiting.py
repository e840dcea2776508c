"""Patience with what happens in other processes."""

import time


def wait_for(condition, seconds: float = 30, what: str = "the condition"):
    """Poll until the condition gives something true, and return that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come about within {seconds} seconds")
