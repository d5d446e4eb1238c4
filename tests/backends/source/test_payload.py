"""What travels as source is known afterwards as well as bytecode is."""

from __future__ import annotations

from odps.lib import cloudpickle

from odps_jupyter.backends.payload import Place, contents
from odps_jupyter.backends.pickled import read

from .cells import pickled, run_cell

CELL = '''\
import json

class Scale:
    step = 2

    def apply(self, x):
        """Applies."""
        return x * self.step

scale = Scale()
factor = [3.0]

def outer(k):
    def inner(x, digits=2, *rest, limit=9):
        import decimal
        return json.dumps(min(scale.apply(x) + k, factor[0], limit))
    return inner

f = outer(4); g = lambda x: f(x)
'''


def test_pieces_captures_and_modules_are_those_of_bytecode() -> None:
    space = run_cell(CELL)
    for function in (space["f"], space["g"]):
        by_bytecode = contents(read(cloudpickle.dumps(function)), lambda _: Place(7))
        by_source = contents(read(pickled(function, "cp311")), lambda _: Place(7))
        assert by_source[0] == by_bytecode[0]
        assert set(by_source[2]) == set(by_bytecode[2])
        assert [(p.name, p.kind, p.file, p.line, p.cell, p.imports) for p in by_source[1]] == [
            (p.name, p.kind, p.file, p.line, p.cell, p.imports) for p in by_bytecode[1]
        ]
        assert [p.source for p in by_source[1]] == [p.source for p in by_bytecode[1]]
        for ours, pyodps in zip(by_source[1], by_bytecode[1], strict=True):
            # PyODPS leaves the defaults of keyword-only parameters behind.
            assert [(c.name, c.type, c.by) for c in ours.captures if c.name != "limit="] == [
                (c.name, c.type, c.by) for c in pyodps.captures
            ]
    inner = contents(read(pickled(space["f"], "cp311")), lambda _: None)[1][0]
    assert [c.name for c in inner.captures if c.name.endswith("=")] == ["digits=", "limit="]
