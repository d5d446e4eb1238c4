"""The comment that silences a diagnostic, written by the panel."""

from __future__ import annotations

import pytest

from odps_jupyter.analysis import Analysis
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.checker import check
from odps_jupyter.rules.ignoring import ignore_edit
from odps_jupyter.rules.model import Diagnostic


def found_in(source: str) -> tuple[Diagnostic, ...]:
    analysis = Analysis()
    analysis.update([Cell("a", source)])
    return check(analysis.evidence()).diagnostics


def ignored(source: str) -> str | None:
    """``source`` after its first diagnostic was silenced."""
    edit = ignore_edit(found_in(source)[0], source)
    if edit is None:
        return None
    lines = source.split("\n")
    line = lines[edit.span.line - 1].encode()
    lines[edit.span.line - 1] = (line[: edit.span.column] + edit.text.encode() + line[edit.span.end_column :]).decode()
    return "\n".join(lines)


USE = "o.get_table('t').to_df().x.map(f).execute()"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    return requests.get(v)", "    return requests.get(v)  # odps: ignore[network-access]"),
        ("    return requests.get(v)   ", "    return requests.get(v)  # odps: ignore[network-access]"),
        ("    return requests.get('é')  # why", "    return requests.get('é')  # why  # odps: ignore[network-access]"),
        (
            "    return requests.get(v)  # odps: ignore[thread-spawn]",
            "    return requests.get(v)  # odps: ignore[thread-spawn, network-access]",
        ),
    ],
)
def test_the_comment_silences_what_it_names(line: str, expected: str) -> None:
    source = f"def f(v):\n    import requests  # odps: ignore\n{line}\n{USE}"
    found = [item for item in found_in(source) if item.kind == "network-access"]
    edited = None if not found else ignored(source)
    assert edited == f"def f(v):\n    import requests  # odps: ignore\n{expected}\n{USE}"
    assert not [item for item in found_in(edited) if item.kind == "network-access"]


@pytest.mark.parametrize("line", ["    return requests.get('''\nhere''')", "    return requests.get( \\\n        v)"])
def test_where_no_comment_can_stand_none_is_written(line: str) -> None:
    source = f"def f(v):\n    import requests  # odps: ignore\n{line}\n{USE}"
    assert ignored(source) is None


def test_a_suppression_is_not_suppressed() -> None:
    source = "x = 1  # odps: ignore[network-access]"
    assert [item.kind for item in found_in(source)] == ["unused-suppression"]
    assert ignored(source) is None
