"""COVERAGE.md says what the code does, and what it refuses is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from odps import ODPS, errors

from odps_jupyter.emulator import coverage, hints
from odps_jupyter.emulator.absent import ABSENT

PACKAGE = Path(coverage.__file__).parent


def test_the_page_is_as_the_code_is() -> None:
    assert coverage.main(["--check"]) == 0, "run python -m odps_jupyter.emulator.coverage"


def test_the_page_says_what_there_is() -> None:
    result = {"program": "one", "area": "joins", "pandas": "exception", "emulator": "passed", "exception": "a | b"}
    page = coverage.render([result, result | {"program": "two", "emulator": "failed", "exception": None}])
    for text in (
        "| joins | 2 | 1 | 0 |",
        "| joins.one | a \\| b |",
        "| `POST /projects/{project}/instances` |",
        "| `AppendID` | a first column that counts the rows from 0 |",
        "| `SQLRT` |",
        "| ABS | scalar |",
        "`timestamp_ntz`",
        "`odps.sql.python.version`",
        "| common | cp311 | numpy==1.26.4",
    ):
        assert text in page
    assert "No run is recorded" in coverage.render([])


def test_an_old_page_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(coverage, "TARGET", tmp_path / "COVERAGE.md")
    monkeypatch.setattr(coverage, "RESULTS", tmp_path / "results.json")
    assert coverage.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err
    assert coverage.main([]) == 0
    assert coverage.main(["--check"]) == 0


def test_settings_are_those_the_code_reads() -> None:
    sources = [path for path in PACKAGE.rglob("*.py") if path.name != Path(hints.__file__).name]
    read = {name for path in sources for name in re.findall(r'"(odps\.[a-z0-9._]+)"', path.read_text(encoding="utf-8"))}
    assert set(hints.HONOURED) == read


@pytest.mark.parametrize(
    ("what", "method", "path"), [(what, *one) for what, requests in ABSENT.items() for one in requests]
)
def test_what_is_absent_is_refused_by_name(o: ODPS, what: str, method: str, path: str) -> None:
    url = o.endpoint + path.format(project=o.project, schema="default", name="x")
    with pytest.raises(errors.ODPSError, match=rf"(?s){re.escape(what)} \({method} .*COVERAGE\.md") as caught:
        o.rest.request(url, method.lower(), data="<x/>" if method != "GET" else None)
    assert caught.value.code == "ODPS-0420095"
    assert 400 <= caught.value.status_code < 500


@pytest.mark.parametrize("statement", ["GRANT SELECT ON TABLE t TO USER x", "LOAD OVERWRITE TABLE t FROM LOCATION 'x'"])
def test_statements_beyond_are_refused_by_name(o: ODPS, statement: str) -> None:
    with pytest.raises(errors.ODPSError, match=f"{statement.split()[0]}.*COVERAGE") as caught:
        o.execute_sql(statement)
    assert str(caught.value.code).startswith("ODPS-")
