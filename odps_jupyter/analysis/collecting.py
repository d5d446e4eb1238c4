"""The garbage collector at rest while a whole notebook is looked at."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Makes what is allocated meanwhile wait for its first collection.

    A whole pass makes some hundred thousand objects, nearly all of them to stay, and what goes, goes by reference
    counts. The collector would go through the whole process's heap every time their number has grown by a quarter: a
    third of the time of a whole check. Two passes at once leave the collector running behind the first that ends.

    Behind the pass all objects are old: frozen and thawed they lie in the oldest generation, and the next collection
    of young ones does not go through them all. Who froze objects himself keeps them frozen.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
