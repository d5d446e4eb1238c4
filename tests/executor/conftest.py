"""A pool shared by the tests of one worker, and jobs on the interpreters that this machine has."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from odps_jupyter.executor.job import Function, Job
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.profiles import Profile
from odps_jupyter.executor.signature import read_signature
from tests.pythons import required

_HERE = Path(__file__).parent
#: Seconds for what must come, on a machine that has much else to do.
_SECONDS = 120.0
MakeJob = Callable[..., Job]


@pytest.fixture(scope="session")
def generated() -> ModuleType:
    """The helpers of generated.py."""
    spec = importlib.util.spec_from_file_location("generated", _HERE / "generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def cells() -> SimpleNamespace:
    """What the cells of cells.py define, as a notebook has it."""
    path = _HERE / "cells.py"
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(path.read_text(), "/tmp/ipykernel_123/1.py", "exec"), names)
    return SimpleNamespace(**{name: value for name, value in names.items() if not name.startswith("__")})


@pytest.fixture(scope="session")
def pool() -> Iterator[Pool]:
    with Pool() as made:
        yield made


@pytest.fixture
def make_job() -> MakeJob:
    """Jobs on a given Python, the one of the tests unless told, whose bytecode PyODPS ships; with these packages."""

    def make(python: tuple[int, int] = sys.version_info[:2], packages: tuple[str, ...] = (), **options: Any) -> Job:
        interpreter = required(python, packages)
        profile = Profile(f"cp{python[0]}{python[1]}", python, None, packages, is_runtime=python < (3, 12))
        return replace(Job(profile, interpreter, timeout=_SECONDS), **options)

    return make


@pytest.fixture
def make_function() -> Callable[..., Function]:
    """Functions written by hand, as a user registers them."""

    def make(source: str, class_name: str = "Udf") -> Function:
        return Function("by_hand", source, class_name, read_signature(source, class_name))

    return make
