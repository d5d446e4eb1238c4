"""The bar's words, and the line of a terminal."""

from __future__ import annotations

import io

from odps_jupyter.backends.progress import Job, Progress, Stage
from odps_jupyter.display.progress import Line, describe


def test_without_an_instance_it_says_what_pyodps_says() -> None:
    assert describe(Progress("Preparing", 0.0)) == "Preparing"


def test_an_instance_says_its_stages_and_their_workers() -> None:
    stages = (Stage("M1", running=1, ended=3, workers=4, fraction=0.75), Stage("R2", 0, 0, 1, 0.0))
    jobs = (Job("20261122_1", stages, ended=True), Job("20261122_2", stages), Job("20261122_3"))
    assert describe(Progress("Executing", 0.375, jobs)) == "job 2: M1 3/4 workers, R2 waits; job 3: Executing"


def test_a_line_is_written_over_and_leaves_nothing() -> None:
    screen = io.StringIO()
    line = Line(screen)
    line.show(Progress("Executing", 0.5))
    line.show(Progress("Done", 1.0))
    line.close()
    line.close()
    assert screen.getvalue() == "\r 50% Executing\r100% Done     \r" + " " * 9 + "\r"
