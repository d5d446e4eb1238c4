"""The program that forks services, and a folder for the services of one test."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from odps import options

from . import nursery
from .walking import Nursery


@pytest.fixture(scope="module")
def process() -> Iterator[subprocess.Popen[str]]:
    """The program that forks services."""
    arguments = [sys.executable, nursery.__file__]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=60) == 0


@pytest.fixture
def place(process: subprocess.Popen[str], tmp_path: Path) -> Iterator[Nursery]:
    """A folder of its own for each test; the client does not try again what failed."""
    before = options.retry_times
    options.retry_times = 0
    yield Nursery(process, tmp_path / "data")
    options.retry_times = before


@pytest.fixture
def small_chunks() -> Iterator[Callable[[], None]]:
    """Lets the client cut resources into parts of 16 bytes."""
    before = options.resource_chunk_size

    def cut() -> None:
        options.resource_chunk_size = 16

    yield cut
    options.resource_chunk_size = before
