"""A function that travels as source answers on each executor what it answers here, whatever its shape."""

from __future__ import annotations

import json

import pytest

from .cells import answers, pickled, run_cell
from .corners import CORNERS
from .objects import OBJECTS
from .shapes import SHAPES


@pytest.mark.parametrize("tag", ["cp27", "cp37", "cp311"])
def test_the_answers_are_those_of_a_local_call(tag: str) -> None:
    asked, expected, names = [], [], []
    for name, shape in (SHAPES | OBJECTS | CORNERS).items():
        if (shape.two or tag != "cp27") and (shape.old or tag == "cp311"):
            space: dict[str, object] = {"__name__": "__main__"}
            for cell in shape.cells:
                run_cell(cell, space)
            asked.append((pickled(space["f"], tag), [list(call) for call in shape.calls]))
            expected.append(json.loads(json.dumps([space["f"](*call) for call in shape.calls])))  # type: ignore[operator]
            names.append(name)
    found = answers(tag, asked)
    assert dict(zip(names, found, strict=True)) == dict(zip(names, expected, strict=True))
