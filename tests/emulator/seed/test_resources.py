"""numpy.zip is the NumPy of the executor's Python, whichever kernel the function comes from."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from odps_jupyter.emulator.seed.resources import for_python, pack_numpy
from odps_jupyter.executor.interpreters import Interpreter


@pytest.fixture
def installed(tmp_path: Path) -> Interpreter:
    """A Python 3.13 that has a NumPy, as far as packing looks."""
    site = tmp_path / "site-packages"
    for path, text in {"numpy/__init__.py": "for 3.13", "numpy.libs/blas.so": "", "numpy/tests/t.py": ""}.items():
        (site / path).parent.mkdir(parents=True, exist_ok=True)
        (site / path).write_text(text)
    return Interpreter(Path("/usr/bin/python3.13"), (3, 13, 0), {"numpy": site})


def seeded(tmp_path: Path, installed: Interpreter, python: tuple[int, int]) -> Path:
    archive = tmp_path / "seed.zip"
    with archive.open("wb") as target:
        pack_numpy(installed.packages["numpy"] / "numpy", target, python)
    return archive


def test_of_another_python_it_is_packed_again(tmp_path: Path, installed: Interpreter) -> None:
    packed = for_python(seeded(tmp_path, installed, (3, 11)), installed, tmp_path)
    with zipfile.ZipFile(packed) as content:
        assert sorted(content.namelist()) == ["numpy.libs/blas.so", "numpy/__init__.py"]
        assert content.comment.endswith(b"3.13")
    assert for_python(packed, installed, tmp_path) == packed


def test_of_the_same_python_it_is_used_as_it_is(tmp_path: Path, installed: Interpreter) -> None:
    archive = seeded(tmp_path, installed, (3, 13))
    assert for_python(archive, installed, tmp_path) == archive


def test_the_users_own_is_never_replaced(tmp_path: Path, installed: Interpreter) -> None:
    own = tmp_path / "own.zip"
    with zipfile.ZipFile(own, "w") as archive:
        archive.writestr("numpy/__init__.py", "mine")
    assert for_python(own, installed, tmp_path) == own
