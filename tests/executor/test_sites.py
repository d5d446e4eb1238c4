"""What lies in a site directory is read again when it has changed, and only then."""

from __future__ import annotations

import os
from pathlib import Path

from odps_jupyter.executor.sites import members, top_level


def test_what_is_installed_later_is_seen(tmp_path: Path) -> None:
    assert top_level(tmp_path / "gone") == frozenset()
    (tmp_path / "one").mkdir()
    (tmp_path / "one-1.0.dist-info").mkdir()
    (tmp_path / "no-name").mkdir()
    (tmp_path / "two.py").touch()
    (tmp_path / "three.cpython-311-x86_64-linux-gnu.so").touch()
    (tmp_path / "notes.txt").touch()
    # Changed just now: nothing is remembered.
    assert top_level(tmp_path) == {"one", "two", "three"}
    assert set(members(tmp_path, "one")) == {tmp_path / "one", tmp_path / "one-1.0.dist-info"}
    os.utime(tmp_path, (1, 1))
    assert top_level(tmp_path) == {"one", "two", "three"}
    assert top_level(tmp_path) is top_level(tmp_path)
    assert members(tmp_path, "one") is members(tmp_path, "one")
    assert members(tmp_path, "four") == {}
    real = tmp_path / "elsewhere"
    real.mkdir()
    (tmp_path / "four").symlink_to(real)
    assert top_level(tmp_path) == {"one", "two", "three", "four", "elsewhere"}
    assert members(tmp_path, "four") == {tmp_path / "four": real.resolve()}
    os.utime(tmp_path, (2, 2))
    (tmp_path / "two.py").unlink()
    os.utime(tmp_path, (3, 3))
    assert top_level(tmp_path) == {"one", "three", "four", "elsewhere"}
