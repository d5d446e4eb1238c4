"""What libraries of every kind hold."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from odps_jupyter.rules.archives import read_contents


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def tarred(path: Path, files: dict[str, str]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, text in files.items():
            header = tarfile.TarInfo(name)
            header.size = len(text.encode())
            archive.addfile(header, io.BytesIO(text.encode()))
    return path


PACKAGE = {"words/__init__.py": "", "words/inner/deep.py": "", "single.py": "", "README.md": "", "data/x.csv": "1"}


@pytest.mark.parametrize("name", ["a.zip", "a-1.0.egg", "a-1.0-py3-none-any.whl"])
def test_packages_and_modules_at_the_root(name: str, tmp_path: Path) -> None:
    contents = read_contents(zipped(tmp_path / name, PACKAGE))
    assert contents is not None
    assert contents.modules == {"words", "single"}
    assert (contents.binaries, contents.tags) == ((), frozenset())


def test_what_pyodps_pack_makes_lies_under_packages(tmp_path: Path) -> None:
    files = {f"packages/{name}": text for name, text in PACKAGE.items()}
    contents = read_contents(tarred(tmp_path / "a.tar.gz", files))
    assert contents is not None
    assert contents.modules == {"words", "single"}


def test_a_single_file(tmp_path: Path) -> None:
    (tmp_path / "words.py").write_text("")
    contents = read_contents(tmp_path / "words.py")
    assert contents is not None
    assert contents.modules == {"words"}


SO = "fast/core.cpython-37m-x86_64-linux-gnu.so"
WHEEL = "Wheel-Version: 1.0\nTag: cp311-cp311-manylinux_2_17_x86_64\nTag: cp311-cp311-manylinux2014_x86_64\n"


@pytest.mark.parametrize(
    ("name", "files", "tags"),
    [
        (
            "fast.zip",
            {"fast/__init__.py": "", "fast/core.so": "", "fast-1.0.dist-info/WHEEL": WHEEL},
            {"cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-manylinux2014_x86_64"},
        ),
        ("fast-1.0-cp27-cp27mu-manylinux1_x86_64.whl", {"fast/core.so": ""}, {"cp27-cp27mu-manylinux1_x86_64"}),
        ("fast.zip", {"fast/__init__.py": "", SO: ""}, {"cp37-cp37m-x86_64_linux_gnu"}),
        ("fast.zip", {"fast/__init__.py": "", "fast/core.so": ""}, set()),
    ],
)
def test_what_binaries_are_built_for(name: str, files: dict[str, str], tags: set[str], tmp_path: Path) -> None:
    contents = read_contents(zipped(tmp_path / name, files))
    assert contents is not None
    assert contents.binaries
    assert {str(tag) for tag in contents.tags} == tags


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04cut", b"\x1f\x8bcut", b"no archive at all"])
def test_what_cannot_be_read_is_unknown(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert read_contents(path) is None


def test_what_is_not_there_is_unknown(tmp_path: Path) -> None:
    assert read_contents(tmp_path / "absent.zip") is None
