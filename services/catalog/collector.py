"""Keeps the garbage collector out of the way while many objects are built. Pure."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Keep the collector from searching what is being built, which holds no garbage.

    For a catalog of 30,000 variables it took 0.7 of the 1.7 seconds of reading the manifest, and
    0.5 of the 0.7 seconds of loading the state.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
