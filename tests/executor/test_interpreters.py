"""Finding an interpreter of exactly one version."""

from __future__ import annotations

import json
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


@pytest.mark.parametrize("place", ["pyenv", "uv", "uv of the user", "PATH", "PATH as python"])
def test_where_interpreters_are_looked_for(place: str, make_job, tmp_path: Path, monkeypatch) -> None:
    real = make_job((3, 7)).interpreter.executable
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("UV_PYTHON_INSTALL_DIR", raising=False)
    if place == "uv":
        monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    link = (
        tmp_path
        / {
            "pyenv": "pyenv/versions/3.7.16/bin/python3.7",
            "uv": "uv/cpython-3.7.9-linux-x86_64-gnu/bin/python3.7",
            "uv of the user": "data/uv/python/cpython-3.7.9-macos-x86_64-none/bin/python3.7",
            "PATH": "bin/python3.7",
            "PATH as python": "bin/python",
        }[place]
    )
    assert interpreters.find((3, 7)) is None
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    found = interpreters.find((3, 7))
    assert found is not None
    assert (found.executable, found.python) == (link, (3, 7))
    assert interpreters.find((3, 6)) is None


@pytest.mark.parametrize("answer", [("PyPy", ""), ("CPython", "t"), ("CPython", "dm")])
def test_builds_that_load_other_bytecode_or_packages_are_passed_over(answer: tuple[str, str], tmp_path: Path) -> None:
    told = {"version": [3, 7, 1], "sites": [], "implementation": answer[0], "abi": [answer[1], "linux-x86_64"]}
    script = tmp_path / "python3.7"
    script.write_text(f"#!/bin/sh\necho '{json.dumps(told)}'\n")
    script.chmod(0o755)
    assert interpreters.probe(script) is None


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
