"""What is told of an execution while it runs, and that it ends with it."""

from __future__ import annotations

import threading

from odps_jupyter.backends.progress import Progress, Stage, Watch, no_instances

BOUND = 30


class Reader:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Progress] = []
        self.heard = threading.Event()
        self.closed = 0

    def show(self, progress: Progress) -> None:
        self.told.append(progress)
        self.heard.set()

    def close(self) -> None:
        self.closed += 1


def test_the_stages_of_the_last_instance_are_told() -> None:
    reader = Reader()
    stages = (Stage("M1", 0, 2, 2, 1.0), Stage("R2", 1, 0, 1, 0.5))
    watch = Watch(reader, lambda: (("one", "two"), stages))
    watch.status("Executing", "execution details")
    assert reader.heard.wait(BOUND)
    watch.close()
    assert reader.told[0] == Progress("Executing", 0.75, ("one", "two"), stages)
    assert reader.closed == 1


def test_without_instances_the_count_of_pyodps_is_told() -> None:
    reader = Reader()
    watch = Watch(reader, no_instances)
    watch.update(0.25)
    watch.inc(0.5)
    assert watch.current_progress() == 0.75
    assert reader.heard.wait(BOUND)
    watch.close()
    assert reader.told[0].fraction == 0.75


def test_what_ends_at_once_says_nothing() -> None:
    reader = Reader()
    Watch(reader, no_instances, patience=BOUND).close()
    assert (reader.told, reader.closed) == ([], 1)
