"""Finding an interpreter of exactly one version."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from odps_jupyter.executor import interpreters


def test_this_interpreter_is_found_with_its_packages() -> None:
    found = interpreters.find(sys.version_info[:2], packages=("pyarrow",))
    assert found is not None
    assert found.version == sys.version_info[:3]
    assert (found.packages["pyarrow"] / "pyarrow").is_dir()
    assert not any(name.endswith(("-info", "__pycache__")) for name in found.packages)


def test_known_interpreters_come_first() -> None:
    found = interpreters.find(sys.version_info[:2], known=[Path(sys.executable)])
    assert found is not None
    assert found.executable == Path(sys.executable)


def test_a_version_that_nobody_has_is_none_and_never_another() -> None:
    assert interpreters.find((3, 2)) is None


def test_what_is_no_python_is_passed_over(tmp_path: Path) -> None:
    for name, text in (("fails", "#!/bin/sh\nexit 1\n"), ("babbles", "#!/bin/sh\necho hello\n"), ("empty", "")):
        script = tmp_path / name
        script.write_text(text)
        script.chmod(0o755)
        assert interpreters.probe(script) is None
    assert interpreters.probe(tmp_path / "missing") is None


@pytest.mark.parametrize("python", [(2, 7), (3, 7)])
def test_old_interpreters_are_asked_their_way(python: tuple[int, int], make_job) -> None:
    assert make_job(python).interpreter.python == python
