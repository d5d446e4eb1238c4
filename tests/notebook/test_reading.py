from __future__ import annotations

import json
from pathlib import Path

import pytest

from odps_jupyter.errors import UserError
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import from_notebook, from_script, read


def notebook(*cells: dict[str, object], **metadata: object) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": list(cells)}).encode()


def test_code_cells_in_document_order() -> None:
    data = notebook(
        {"cell_type": "markdown", "id": "m", "source": "# title"},
        {"cell_type": "code", "id": "a", "source": ["x = 1\n", "y = 2"]},
        {"cell_type": "code", "source": "z = 3"},
    )
    assert from_notebook(data, "n.ipynb") == [Cell("a", "x = 1\ny = 2"), Cell("cell-2", "z = 3")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not JSON"),
        (b"[]", "no list of cells"),
        (b'{"nbformat": 3, "worksheets": []}', "notebook format 3"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"cells": [], "nbformat": 5}', "notebook format 5"),
        (b'{"cells": [], "nbformat": "four"}', "notebook format four"),
        (b'{"cells": [], "nbformat": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 3}]}', "cell 0 is no text"),
        (notebook(kernelspec={"name": "julia-1.9"}), "a notebook in julia"),
        (notebook(kernelspec={"language": "R"}), "a notebook in r"),
    ],
)
def test_what_is_no_notebook_is_said_with_its_name(data: bytes, message: str) -> None:
    with pytest.raises(UserError, match=message) as caught:
        from_notebook(data, "some.ipynb")
    assert "some.ipynb" in str(caught.value)


def test_percent_script() -> None:
    text = "import a\n# %%\nx = 1\n\n# %% [markdown]\n# text\n#%% title\ny = 2\n"
    assert [cell.source for cell in from_script(text)] == ["import a", "x = 1\n", "y = 2\n"]


def test_plain_script_is_one_cell() -> None:
    assert from_script("x = 1\n") == [Cell("cell-0", "x = 1\n")]


def test_files(tmp_path: Path) -> None:
    script = tmp_path / "a.py"
    script.write_bytes("# -*- coding: gbk -*-\nx = '名'\r\n".encode("gbk"))
    assert read(script)[0].source == "# -*- coding: gbk -*-\nx = '名'\n"
    book = tmp_path / "a.ipynb"
    book.write_bytes(notebook({"cell_type": "code", "id": "a", "source": "x"}))
    assert read(book) == [Cell("a", "x")]
    with pytest.raises(UserError, match="cannot be read"):
        read(tmp_path / "absent.ipynb")
    text = tmp_path / "a.txt"
    text.write_text("x")
    with pytest.raises(UserError, match="neither a notebook nor a script"):
        read(text)
    bad = tmp_path / "bad.py"
    bad.write_bytes(b"x = '\xff'\n")
    with pytest.raises(UserError, match="cannot be decoded"):
        read(bad)
