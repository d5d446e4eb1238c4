"""The program that forks services, and a folder for the services of one test."""

from __future__ import annotations

import signal
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
    """A folder of its own for each test."""
    nursery = Nursery(process, tmp_path)
    yield nursery
    nursery.end(signal.SIGKILL)


@pytest.fixture
def small_chunks() -> Iterator[Callable[[], None]]:
    """Lets the client cut resources into parts of 16 bytes."""
    before = options.resource_chunk_size

    def cut() -> None:
        options.resource_chunk_size = 16

    yield cut
    options.resource_chunk_size = before
