from __future__ import annotations

import json
from pathlib import Path

import pytest

from odps_jupyter.cli import main

SCRIPT = """\
# %%
import json
df = o.get_table('t').to_df()
k = 2
# %%
def f(v):
    return json.loads(v) + k
class Pricing:
    def convert(self, v):
        return v
df.x.map(f).execute()
df.x.map(Pricing().convert).execute()
"""


def test_json_is_the_format_other_programs_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    assert main(["check", str(path), "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["version"] == 1
    (notebook,) = report["notebooks"]
    assert notebook["path"] == str(path)
    assert notebook["placement"][0] == {
        "cell": 1,
        "line": 1,
        "name": "f",
        "side": "executor",
        "reason": "handed over by df.x.map in cell 2, line 6",
    }
    assert [(item["name"], item["side"]) for item in notebook["placement"]] == [
        ("f", "executor"),
        ("Pricing", "executor"),
    ]
    (shipped,) = notebook["shipped"]
    assert (shipped["name"], shipped["imports"], shipped["captures"]) == ("f", ["json"], ["k"])
    (diagnostic,) = notebook["diagnostics"]
    assert diagnostic == {
        "cell": 1,
        "line": 7,
        "column": 6,
        "end_line": 7,
        "end_column": 28,
        "code": "ODP118",
        "kind": "bound-method-callable",
        "severity": "error",
        "message": diagnostic["message"],
        "functions": ["Pricing.convert"],
        "fix": None,
    }
    assert notebook["prediction"] == {"pandas": "ok", "executor": "error"}


def test_a_path_that_cannot_be_read_stops_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.py", tmp_path / "bad.ipynb"
    good.write_text("x = = 1\n# %%\ndef f(): pass\n")
    bad.write_text("{")
    assert main(["check", str(bad), str(tmp_path / "absent.py"), str(good)]) == 2
    out, err = capsys.readouterr()
    assert "bad.ipynb is not a notebook" in err
    assert "absent.py cannot be read" in err
    assert "cell 1, line 1: invalid syntax" in out
    assert "cell 2, line 1: f: local (never handed to the executor)" in out


def test_a_folder_is_its_notebooks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path)]) == 2
    assert "holds no notebook" in capsys.readouterr().err
    book = {"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", "source": "def f(): pass"}]}
    copies = tmp_path / ".ipynb_checkpoints"
    copies.mkdir()
    for folder in (tmp_path, copies):
        (folder / "a.ipynb").write_text(json.dumps(book))
    assert main(["check", str(tmp_path), "--format", "json"]) == 0
    notebooks = json.loads(capsys.readouterr().out)["notebooks"]
    assert [notebook["path"] for notebook in notebooks] == [str(tmp_path / "a.ipynb")]
