"""What ``check`` is given, and what it says and writes: paths, encodings, fixes, terminals, other programs."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from odps_jupyter.cli import main

LOCAL = "def f(): pass\n"
LATE = "df = o.get_table('t').to_df()\ncols = [df.x.map(lambda v: v + k) for k in (1, 2)]\ndf[cols].execute()\n"


def notebook(source: str) -> str:
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", "source": source}]})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def checked(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    main(["check", "--format", "json", *words])
    return [each["path"] for each in json.loads(capsys.readouterr().out)["notebooks"]]


def test_a_broken_notebook_stops_no_other_of_its_folder(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a", "c"):
        (here / f"{name}.ipynb").write_text(notebook(LOCAL))
    (here / "b.ipynb").write_bytes(b"\x00\xff\xfe")
    assert main(["check", "."]) == 2
    out, err = capsys.readouterr()
    assert "a.ipynb" in out
    assert "c.ipynb" in out
    assert "b.ipynb is not UTF-8" in err


def test_patterns_folders_and_files_name_each_file_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "deep").mkdir()
    for name in ("a.ipynb", "b.ipynb", "deep/c.ipynb"):
        (here / name).write_text(notebook(LOCAL))
    assert checked(capsys, "*.ipynb", ".", "a.ipynb") == ["a.ipynb", "b.ipynb", "deep/c.ipynb"]
    assert checked(capsys, str(here / "**" / "c.*")) == [str(here / "deep" / "c.ipynb")]
    assert main(["check", "x*.ipynb", "**.py"]) == 2
    err = capsys.readouterr().err
    assert "x*.ipynb matches no file." in err
    assert "**.py" in err


@pytest.mark.parametrize("data", [LATE.encode(), b"\xef\xbb\xbf" + LATE.encode(), notebook(LATE).encode()])
def test_the_standard_input_is_a_script_or_a_notebook(
    data: bytes, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert main(["check", "-"]) == 1
    assert "[late-binding-capture]" in capsys.readouterr().out
    assert main(["check", "-", "--fix"]) == 2
    assert "--fix cannot change the standard input." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("a.ipynb", b"[]", "has no list of cells"),
        ("a.ipynb", b"", "is not JSON"),
        ("a.ipynb", b'{"cells": {}, "nbformat": 4}', "has no list of cells"),
        ("a.ipynb", b"[" * 100_000, "is not a notebook"),
        ("a.py", b"\xff\xfe\x00", "cannot be decoded"),
        ("a.txt", b"x", "neither a notebook nor a script"),
        ("a.ipynb/x", b"", "a.ipynb holds no notebook"),
    ],
)
def test_what_is_no_notebook_is_named(
    name: str, data: bytes, sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / name).parent.mkdir(exist_ok=True)
    (here / name).write_bytes(data)
    assert main(["check", name.partition("/")[0]]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert "Traceback" not in err


@pytest.mark.parametrize("data", [b'{"cells": [], "nbformat": 4}', b'{"cells": [{"cell_type": "code"}, 3, null]}'])
def test_a_notebook_without_code_is_clean(data: bytes, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.ipynb").write_bytes(data)
    assert main(["check", "a.ipynb", "--fix"]) == 0
    assert (here / "a.ipynb").read_bytes() == data


def test_the_other_fixes_are_applied_when_asked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = here / "a.py"
    path.write_bytes(LATE.replace("\n", "\r\n").encode())
    assert main(["check", "a.py", "--fix"]) == 1
    assert path.read_bytes() == LATE.replace("\n", "\r\n").encode()
    assert main(["check", "a.py", "--unsafe-fixes"]) == 2
    assert "--unsafe-fixes changes nothing by itself." in capsys.readouterr().err
    capsys.readouterr()
    assert main(["check", "a.py", "--diff"]) == 0
    said = "odps-jupyter: a.py: 1 more fix may change what the code means: --diff --unsafe-fixes shows it.\n"
    assert capsys.readouterr() == ("", said)
    assert main(["check", "a.py"]) == 1
    assert (
        capsys.readouterr().out.splitlines()[-1].startswith("1 fix that may change what the code means: --fix --unsafe")
    )
    assert main(["check", "a.py", "--unsafe-fixes", "--diff"]) == 0
    assert "+cols = [df.x.map((lambda k: lambda v: v + k)(k)) for k in (1, 2)]" in capsys.readouterr().out
    assert main(["check", "a.py", "--unsafe-fixes", "--fix"]) == 0
    assert (
        path.read_bytes()
        == LATE.replace("lambda v: v + k", "(lambda k: lambda v: v + k)(k)").replace("\n", "\r\n").encode()
    )


def test_a_fix_of_several_findings_is_applied_once(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = "abcdefghijklmn"
    loop = f"for {', '.join(names)} in rows:\n    cols.append(df.x.map(lambda v: v + {' + '.join(names)}))\n"
    (here / "a.py").write_text(f"df = o.get_table('t').to_df()\ncols = []\n{loop}df[cols].execute()\n")
    assert main(["check", "a.py", "--unsafe-fixes", "--fix"]) == 0
    held = ", ".join(names)
    assert f"map((lambda {held}: lambda v: {' + '.join(['v', *names])})({held}))" in (here / "a.py").read_text()


def test_a_file_that_cannot_be_written_is_named(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.py").write_text(LATE)

    def refuse(path: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert main(["check", "a.py", "--unsafe-fixes", "--fix"]) == 2
    assert "a.py cannot be written: Permission denied." in capsys.readouterr().err


ODD_NAME = "50% & x,y:z #1 é.py"


def test_other_programs_get_names_they_can_read(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ODD_NAME).write_text(LATE)
    assert main(["check", ODD_NAME, "--format", "github"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::warning file=50%25 & x%2Cy%3Az #1 é.py,line=2,col=")
    assert main(["check", ODD_NAME, str(here / ODD_NAME), "--format", "sarif"]) == 1
    held = json.loads(capsys.readouterr().out)
    assert held["version"] == "2.1.0"
    (run,) = held["runs"]
    (result,) = run["results"]
    location = result["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "50%25%20%26%20x%2Cy%3Az%20%231%20%C3%A9.py"
    assert location["region"]["startLine"] == 2
    assert location["region"]["endColumn"] > location["region"]["startColumn"] >= 1
    assert result["level"] in {"none", "note", "warning", "error"}
    assert result["ruleId"] in {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert main(["check", str(here / ODD_NAME), "--format", "sarif"]) == 1
    again = json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert again["artifactLocation"] == location["artifactLocation"]
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert main(["check", str(here / ODD_NAME), "--format", "sarif"]) == 1
    outside = json.loads(capsys.readouterr().out)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert outside["artifactLocation"]["uri"] == (here / ODD_NAME).as_uri()


def test_carets_stand_under_wide_letters_and_tabs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "\tx = '中文e\u0301\x1b'; y = df.x.map(lambda v: v + k)\n"
    (here / "b.py").write_text(f"df = o.get_table('t').to_df()\nfor k in (1, 2):\n{body}y.execute()\n")
    assert main(["check", "b.py"]) == 1
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    line = "    | \tx = '中文e\u0301?'; y = df.x.map(lambda v: v + k)\n"
    assert line in shown
    under = shown.partition(line)[2].splitlines()[0]
    assert under == "    | \t" + " " * len("x = '....e?'; y = df.x.") + "^" * len("map(lambda v: v + k)")


def test_what_no_terminal_can_show_is_escaped(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.ipynb").write_text(notebook(LATE.replace("df[cols]", "x = '\\ud800'; df[cols]").replace("cols", "é")))
    for encoding, word in (("ascii", "\\xe9"), ("utf-8", "é")):
        screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", screen)
        assert main(["check", "a.ipynb"]) == 1
        assert main(["check", "a.ipynb", "--format", "json"]) == 1
        assert main(["check", "a.ipynb", "--diff", "--unsafe-fixes"]) == 0
        screen.flush()
        assert word in screen.buffer.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[tool]\nodps-jupyter = 3\n", "tool.odps-jupyter is no table"),
        ("tool = 3\n", ""),
        ("\ufeff[tool.odps-jupyter]\nprofile = 'cp37:common'\n", ""),
        ("[tool.odps-jupyter]\nprofile = 'cp36'\n", "'cp36' is not a Python of MaxCompute"),
        ("[tool.odps-jupyter]\nprofile = 3\n", "profile is a text"),
        ("[tool.odps-jupyter]\nselect = 'ODP101'\n", "select is a list"),
        ("[tool.odps-jupyter]\nselect = ['ODP999']\n", "'ODP999' is no kind of diagnostic"),
        ("[tool.odps-jupyter]\nresources = 'absent'\n", "absent is no folder"),
        ("[tool.odps-jupyter]\nignore = ['unused-suppression', 'ODP100']\n", ""),
    ],
)
def test_the_configuration_of_a_project(
    text: str, sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "pyproject.toml").write_text(text, encoding="utf-8")
    (here / "a.py").write_text("x = 1  # odps: ignore\n" if "ODP100" in text else LOCAL)
    assert main(["check", "a.py"]) == (2 if sentence else 0)
    out, err = capsys.readouterr()
    assert sentence in err
    assert "unused" not in out


@pytest.mark.parametrize("profile", ["cp37:common", "cp311:scipy", "cp27"])
def test_profiles_with_images(profile: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.py").write_text(LOCAL)
    assert main(["check", "a.py", "--profile", profile]) == 0


@pytest.mark.parametrize("profile", ["nonsense", "cp311:nonsense", ":", "cp311:", "", "cp37:common:x"])
def test_profiles_that_do_not_exist(profile: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.py").write_text(LOCAL)
    status = main(["check", "a.py", "--profile", profile])
    err = capsys.readouterr().err
    assert (status == 0) == (profile in ("", ":", "cp311:"))
    assert bool(err) == (status == 2)


def test_a_folder_that_cannot_be_listed_is_named_and_stops_no_other(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = os.scandir
    for name in ("whole", "whole/closed"):
        (here / name).mkdir()
        (here / name / "a.ipynb").write_text(notebook(LOCAL))

    def refuse(path: str) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert main(["check", "whole/closed"]) == 2
    err = capsys.readouterr().err
    assert err == "odps-jupyter: whole/closed cannot be read: Permission denied.\n"
    assert main(["check", "whole"]) == 2
    out, err = capsys.readouterr()
    assert "whole/a.ipynb" in out
    assert "whole/closed cannot be read: Permission denied." in err


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("x = 1\n\0", "null bytes"),
        (f"x = {'[' * 5_000}{']' * 5_000}", "nested"),
        (f"x = {'-' * 100_000}1", "nested"),
        ("def f(:", "invalid syntax"),
    ],
)
def test_what_python_cannot_take_at_all_was_not_checked(
    source: str, sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "a.py").write_text(source)
    (here / "b.py").write_text(LOCAL)
    for form in ("text", "json"):
        assert main(["check", "a.py", "b.py", "--format", form]) == 2
        out, err = capsys.readouterr()
        assert "a.py cannot be checked: cell 1, line " in err
        assert sentence in err
        assert "b.py" in out
    (here / "b.py").write_text("# %%\nx = = 1\n# %%\ndef f(): pass\n")
    assert main(["check", "b.py"]) == 0  # the other cell was checked


def test_a_constant_of_a_local_file_is_captured(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "fees.py").write_text("FEE = 1.5\n")
    (here / "rates.py").write_text("TAX = 0.5\nBANDS = {'a': 1}\ndef gross(v):\n    return v * (1 + TAX)\n")
    (here / "a.py").write_text(
        "import rates\nfrom rates import BANDS as bands, TAX, gross\ndf = o.get_table('t').to_df()\n"
        "df.x.map(lambda v: v * TAX + bands['a']).execute()\n"
        "def both(v):\n    return gross(v) * TAX\ndf.x.map(both).execute()\n"
        "def dotted(v):\n    return v * rates.TAX\ndf.x.map(dotted).execute()\n"
        "def inside(v):\n    from rates import TAX\n    return v * TAX\ndf.x.map(inside).execute()\n"
        "from fees import FEE\ndf.x.map(lambda v: v + FEE).execute()\n"
    )
    main(["check", "a.py", "--format", "json"])
    (report,) = json.loads(capsys.readouterr().out)["notebooks"]
    assert [(item["name"], item["imports"], item["captures"]) for item in report["shipped"]] == [
        ("lambda", [], ["TAX", "bands"]),
        ("both", ["rates"], ["TAX"]),
        ("dotted", ["rates"], []),
        ("inside", ["rates"], []),
        ("lambda", [], ["FEE"]),
    ]
    first = report["shipped"][0]
    assert first["details"]["captures"]["TAX"] == {"origin": "global", "module": "rates", "cell": 0, "line": 4}
    said = {(item["line"], item["kind"]) for item in report["diagnostics"]}
    assert said == {(6, "local-module-code"), (9, "local-module-code"), (12, "local-module-code")}


def test_a_constant_of_a_local_file_is_captured_by_defaults_partials_and_objects(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "rates.py").write_text("TAX = 0.5\ndef gross(v):\n    return v * (1 + TAX)\nclass Base:\n    pass\n")
    (here / "a.py").write_text(
        "import rates\nfrom functools import partial\nfrom rates import TAX, Base, gross\n"
        "x = o.get_table('t').to_df().x\n"
        "def default(v, t=TAX, *, u=rates.TAX):\n    return v * t * u\n"
        "def code(v, t=TAX, f=gross):\n    return f(v) * t\n"
        "def helper(v, t=TAX):\n    return v * t\ndef calls(v):\n    return helper(v)\n"
        "def plain(v, t):\n    return v * t\n"
        "class Taxed:\n    def __init__(self, t):\n        self.t = t\n"
        "    def __call__(self, v):\n        return v * self.t\n"
        "class Derived(Base):\n    def __call__(self, v):\n        return v * TAX\n"
        "for each in (default, code, calls, partial(plain, t=TAX), Taxed(TAX), Derived()):\n    x.map(each).execute()\n"
    )
    main(["check", "a.py", "--format", "json"])
    (report,) = json.loads(capsys.readouterr().out)["notebooks"]
    assert {item["name"]: (item["imports"], item["captures"]) for item in report["shipped"]} == {
        "default": ([], ["TAX"]),
        "code": (["rates"], ["TAX"]),
        "calls": ([], ["TAX"]),
        "plain": ([], ["TAX"]),
        "Taxed": ([], []),
        "Derived": (["rates"], ["TAX"]),
    }
    origins = {
        item["name"]: item["details"].get("captures", {}).get("TAX", {}).get("origin") for item in report["shipped"]
    }
    assert [origins[name] for name in ("default", "plain", "Derived")] == ["default", "argument", "global"]
