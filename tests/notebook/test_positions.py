from __future__ import annotations

import pytest

from odps_jupyter.notebook.positions import utf16_column


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("abc = f(x)", 6, 6),
        ("abc", 9, 3),
        ("名 = f(x)", 6, 4),
        ("'😀' + f(x)", 9, 7),
        ("'é' + f(x)", 7, 6),
        ("", 0, 0),
    ],
)
def test_utf16_column(line: str, column: int, expected: int) -> None:
    assert utf16_column(line, column) == expected
