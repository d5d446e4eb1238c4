"""What is told of an execution while it runs, and that it ends with it."""

from __future__ import annotations

import threading

from odps_jupyter.backends.progress import Job, Look, Progress, Stage, Watch, no_instances

BOUND = 120


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


class Held:
    """A look that is over when the test says so: however late the test comes, what it has set is what is told."""

    def __init__(self, look: Look) -> None:
        self.go = threading.Event()
        self._look = look

    def __call__(self) -> tuple[Job, ...]:
        self.go.wait(BOUND)
        return self._look()


def test_the_stages_of_each_instance_are_told_and_those_under_way_count() -> None:
    reader = Reader()
    ended = Job("one", (Stage("M1", 0, 4, 4, 1.0),), ended=True)
    jobs = (ended, Job("two", (Stage("M1", 0, 2, 2, 1.0), Stage("R2", 1, 0, 1, 0.5))))
    look = Held(lambda: jobs)
    watch = Watch(reader, look)
    watch.status("Executing", "execution details")
    look.go.set()
    assert reader.heard.wait(BOUND)
    watch.close()
    assert reader.told[0] == Progress("Executing", 0.75, jobs)
    assert reader.closed == 1


def test_without_instances_the_count_of_pyodps_is_told() -> None:
    reader = Reader()
    look = Held(no_instances)
    watch = Watch(reader, look)
    watch.update(0.25)
    watch.inc(0.5)
    assert watch.current_progress() == 0.75
    look.go.set()
    assert reader.heard.wait(BOUND)
    watch.close()
    assert reader.told[0].fraction == 0.75


def test_nobody_waits_for_a_service_that_is_slow_to_say_how_far_it_is() -> None:
    reader, asked, answer = Reader(), threading.Event(), threading.Event()
    answered: list[bool] = []

    def look() -> tuple[Job, ...]:
        asked.set()
        answered.append(answer.wait(BOUND))
        return ()

    watch = Watch(reader, look, patience=0.0)
    assert asked.wait(BOUND)
    watch.close()
    watch.close()
    assert answered == []
    answer.set()
    for thread in threading.enumerate():
        if thread.name == "odps-jupyter progress":
            thread.join(BOUND)
    assert (answered, reader.told, reader.closed) == ([True], [], 1)


def test_what_ends_at_once_says_nothing() -> None:
    reader = Reader()
    Watch(reader, no_instances, patience=BOUND).close()
    assert (reader.told, reader.closed) == ([], 1)
