"""Pieces of the inspector's report that need no kernel."""

from __future__ import annotations

from odps_jupyter.display.inspector.problems import edited, fix_lines

SOURCE = "a = '😀'; b = 1\nc = b\n"


def edit(line: int, column: int, end_line: int, end_column: int, text: str) -> dict[str, object]:
    return {"cell": 0, "line": line, "column": column, "end_line": end_line, "end_column": end_column, "text": text}


def test_edits_of_the_wire_count_utf16_units() -> None:
    assert edited(SOURCE, [edit(0, 14, 0, 15, "2"), edit(1, 4, 1, 5, "a")]) == "a = '😀'; b = 2\nc = a\n"
    assert edited(SOURCE, [edit(0, 10, 0, 10, "import x\n")]) == "a = '😀'; import x\nb = 1\nc = b\n"
    assert edited("x", [edit(1, 0, 1, 0, "y")]) == "x\ny"


def test_a_fix_is_shown_as_the_difference_it_makes() -> None:
    fix = {"title": "", "safe": True, "edits": [edit(1, 4, 1, 5, "a")]}
    assert list(fix_lines(fix, [SOURCE])) == [
        "cell 1", "@@ -1,3 +1,3 @@", " a = '😀'; b = 1", "-c = b", "+c = a", " ",
    ]  # fmt: skip
