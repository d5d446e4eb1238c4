from __future__ import annotations

import io
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
        "fix": {
            "title": "Wrap it in a lambda",
            "safe": True,
            "edits": [
                {
                    "cell": 1,
                    "line": 7,
                    "column": 10,
                    "end_line": 7,
                    "end_column": 27,
                    "text": "lambda v: Pricing().convert(v)",
                }
            ],
        },
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


OUTSIDE = """\
{
 "cells": [
  {
   "cell_type": "markdown",
   "metadata": {},
   "source": ["# Prix é"]
  },
  {
   "cell_type": "code",
   "execution_count": 3,
   "id": "ab",
   "metadata": {},
   "outputs": [],
   "source": [
    "import numpy as np\\n",
    "def log(v):\\n",
    "    return float(np.log(v))"
   ]
  },
  {
   "cell_type": "code",
   "execution_count": null,
   "id": "cd",
   "metadata": {},
   "outputs": [],
   "source": "o.get_table('t').to_df().x.map(log).execute()"
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
"""


def test_fix_changes_the_lines_it_speaks_of_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(OUTSIDE, encoding="utf-8")
    assert main(["check", "--fix", str(path)]) == 0
    line = '    "    return float(np.log(v))"'
    before = json.loads(OUTSIDE)
    before["cells"][1]["source"].insert(2, "    import numpy as np\n")
    written = path.read_text(encoding="utf-8")
    assert json.loads(written) == before
    assert line in written
    assert "Prix é" in written
    assert written.startswith('{\n "cells": [\n  {\n')
    assert main(["check", "--fix", str(path)]) == 0
    assert path.read_text(encoding="utf-8") == written


def test_diff_shows_and_changes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    text = "# %% [markdown]\n# Words\n# %%\n" + SCRIPT.partition("\n")[2]
    path.write_text(text)
    assert main(["check", "--diff", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "-df.x.map(Pricing().convert).execute()" in shown
    assert "+df.x.map(lambda v: Pricing().convert(v)).execute()" in shown
    assert path.read_text() == text
    assert main(["check", "--fix", str(path)]) == 0
    assert path.read_text() == text.replace(".map(Pricing().convert)", ".map(lambda v: Pricing().convert(v))")


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_the_forms_of_others(form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    assert main(["check", str(path), "--format", form]) == 1
    out = capsys.readouterr().out
    if form == "github":
        assert out.startswith(f"::error file={path},line=12,col=6,title=bound-method-callable::cell 2, line 7: ")
    else:
        (run,) = json.loads(out)["runs"]
        (result,) = run["results"]
        assert result["ruleId"] == "ODP118"
        assert "ODP118" in {rule["id"] for rule in run["tool"]["driver"]["rules"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--profile", "cp36"], "cp27, cp37, cp311"),
        (["--client-python", "three"], "'three' is no version. Write it as 3.11."),
        (["--ignore", "nothing"], "'nothing' is no kind of diagnostic."),
        (["--resources", "absent"], "--resources absent is no folder."),
    ],
)
def test_options_that_make_no_sense(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    assert main(["check", str(path), *words]) == 2
    assert sentence in capsys.readouterr().err


def test_kinds_are_selected_and_ignored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    assert main(["check", str(path), "--ignore", "bound-method-callable"]) == 0
    assert main(["check", str(path), "--select", "ODP101,ODP102"]) == 0
    assert main(["check", str(path), "--select", "ODP118"]) == 1
    assert "[bound-method-callable]" in capsys.readouterr().out


def test_a_project_says_its_options_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "a.py").write_text(SCRIPT)
    settings = tmp_path / "pyproject.toml"
    monkeypatch.chdir(folder)
    settings.write_text('[tool.odps-jupyter]\nignore = ["bound-method-callable"]\nprofile = "cp37"\n')
    assert main(["check", "a.py"]) == 0
    assert main(["check", "a.py", "--ignore", "ODP123"]) == 1
    capsys.readouterr()
    settings.write_text("[tool.odps-jupyter]\nignored = []\n")
    assert main(["check", "a.py"]) == 2
    assert "[tool.odps-jupyter] knows no 'ignored'. It knows client-python" in capsys.readouterr().err
    settings.write_text("[tool")
    assert main(["check", "a.py"]) == 2
    assert "pyproject.toml cannot be read" in capsys.readouterr().err


def test_each_function_has_its_prediction(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.py"
    path.write_text(
        "import threading\nlock = threading.Lock()\ndf = o.get_table('t').to_df()\n"
        "def f(v):\n    with lock:\n        return v\ndef g(v):\n    return v\n"
        "df.x.map(f).execute(); df.x.map(g).execute()\n"
    )
    assert main(["check", str(path), "--format", "json"]) == 1
    (notebook,) = json.loads(capsys.readouterr().out)["notebooks"]
    assert {item["name"]: item["details"]["prediction"]["executor"] for item in notebook["shipped"]} == {
        "f": "error",
        "g": "ok",
    }


def test_a_terminal_gets_colours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text(SCRIPT)
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", screen)
    assert main(["check", str(path)]) == 1
    assert "line 7: \x1b[1;31merror\x1b[0m: Pricing.convert" in screen.getvalue()
    assert "    | df.x.map(Pricing().convert).execute()\n    |      ^^^^" in screen.getvalue()
