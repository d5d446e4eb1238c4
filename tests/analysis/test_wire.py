from __future__ import annotations

import json

from odps_jupyter.analysis import analyze, to_json
from odps_jupyter.notebook.cell import Cell

CELLS = [
    Cell("a", "import numpy as np\ncoeffs = [0.1]\n\ndef handle(v):\n    return np.cosh(v) * sum(coeffs)"),
    Cell("b", "df = o.get_table('t').to_df()\n名, val = '😀', df.x.map(handle).execute()"),
    Cell("c", "名 = = 3"),
]


def test_the_whole_of_a_small_notebook() -> None:
    wire = to_json(analyze(CELLS))
    assert json.loads(json.dumps(wire)) == wire
    assert wire["version"] == 1
    assert wire["diagnostics"] == []
    region = {
        "start_line": 3,
        "end_line": 4,
        "side": "executor",
        "name": "handle",
        "kind": "function",
        "reason": "handed over by df.x.map in cell 2, line 2",
    }
    assert wire["cells"][0] == {
        "id": "a",
        "index": 0,
        "error": None,
        "summary": {"sets": ["coeffs", "handle"], "imports": ["numpy"], "calls": []},
        "regions": [region],
    }
    assert wire["cells"][1]["summary"]["calls"] == ["map(handle)"]
    assert wire["placement"] == [
        {"cell": 0, "line": 3, "end_line": 4, "name": "handle", "kind": "function", "side": "executor"}
        | {"reason": region["reason"]}
    ]
    shipped = wire["shipped"][0]
    assert (shipped["cell"], shipped["line"], shipped["name"]) == (0, 3, "handle")
    assert (shipped["imports"], shipped["captures"], shipped["functions"]) == (["numpy"], ["coeffs"], [])
    assert shipped["details"]["imports"] == {"numpy": {"bound": "outside", "cell": 0, "line": 4}}
    assert shipped["details"]["captures"]["coeffs"]["set"] == {"cell": 0, "line": 1}


def test_what_is_put_on_a_module_is_no_name_that_a_cell_sets() -> None:
    wire = to_json(analyze([Cell("a", "from odps import options\noptions.df.supersede_libraries = True\nval = 1")]))
    assert wire["cells"][0]["summary"]["sets"] == ["val"]


def test_columns_are_utf16() -> None:
    wire = to_json(analyze(CELLS))
    line = CELLS[1].source.split("\n")[1]
    call = wire["shipped"][0]["call"]
    before = line[: line.index("map")].encode("utf-16-le")
    through = line[: line.index(".execute")].encode("utf-16-le")
    assert (call["line"], call["column"]) == (1, len(before) // 2)
    assert (call["end_line"], call["end_column"]) == (1, len(through) // 2)
    assert (call["method"], call["role"]) == ("map", "scalar")


def test_a_broken_cell_says_where_and_stops_no_other() -> None:
    wire = to_json(analyze(CELLS))
    assert wire["cells"][2]["error"] == {"line": 0, "column": 4, "message": "invalid syntax"}
    assert wire["placement"][0]["side"] == "executor"
