"""Every program gives the same answer on pandas, on the embedded service, and on a real project where one is named."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from .backends import Backend, PandasBackend
from .library import programs
from .model import Program
from .verdict import check, recorded

RESULTS = Path(__file__).with_name("results.json")
ALL = programs()
#: Every n-th program is run: all of them unless the suite is run on several Pythons.
PART = int(os.environ.get("ODPS_JUPYTER_CONFORMANCE_PART", "1"))


#: An area's programs read the same tables and need no order: the areas may run beside each other.
CASES = [pytest.param(program, marks=pytest.mark.xdist_group(program.area), id=str(program)) for program in ALL[::PART]]


@pytest.mark.parametrize("program", CASES)
def test_program(program: Program, pandas: PandasBackend, others: list[Backend]) -> None:
    # PyODPS 0.13.2's pandas backend imports libraries as Python did until 3.11.
    importless = program.area == "libraries" and sys.version_info >= (3, 12)
    check(program, None if importless else pandas, others)


def test_results_name_every_program() -> None:
    """results.json is what ``python -m tests.conformance.record`` writes."""
    assert json.loads(RESULTS.read_text(encoding="utf-8")) == [recorded(program).entry() for program in ALL]


def test_every_name_is_used_once() -> None:
    names = [str(program) for program in ALL]
    assert len(names) == len(set(names))
