"""PyODPS's own magics for SQL, as a notebook calls them."""

from types import SimpleNamespace

import pandas as pd
from odps.config import option_context
from odps.ipython.magics import ODPSSql

from tests.conformance.model import program


def magic(o, **names):
    """The magics where the notebook knows these names and the entry object: of the shell they need only its names."""
    magics = ODPSSql(SimpleNamespace(user_ns={**names, "o": o}))
    magics._odps = o
    return magics


@program(expected=[["x", 1], ["y", 4], ["z", 9]])
def sql_cell(o, temporary, pairs):
    name = temporary.table()
    pairs.persist(name, odps=o)
    result = magic(o).execute("", f"SELECT b, sum(a) AS total FROM {name} GROUP BY b ORDER BY b LIMIT 10")
    return result.values


@program(expected=[[1, "x"]])
def sql_line(o):
    return magic(o).execute("SELECT 1 AS a, 'x' AS b").values


@program(expected=[[2], [2]])
def sql_with_variables(o, temporary, pairs):
    name = temporary.table()
    pairs.persist(name, odps=o)
    return magic(o, wanted="y").execute("", f"SELECT a FROM {name} WHERE b = :wanted").values


@program(expected=[["k", 1], ["l", 2]])
def persist(o, temporary):
    name = temporary.table()
    with option_context():
        o.to_global()  # as a notebook's first cell makes it
        magic(o, frame=pd.DataFrame({"a": ["k", "l"], "b": [1, 2]})).persist(f"frame {name}")
    with o.get_table(name).open_reader() as reader:
        return sorted(list(record.values) for record in reader)
