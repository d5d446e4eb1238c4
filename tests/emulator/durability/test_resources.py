"""Resources and functions are as before or as after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from odps import ODPS

from .walking import Nursery, State, walk


def test_create_resource(place: Nursery) -> None:
    def act(o: ODPS, number: int, old: State) -> None:
        o.create_resource(f"k_{number}.txt", "file", file_obj=f"content {number}")

    made = walk(place, lambda o: None, act, lambda old, number: old | {f"k_{number}.txt": b"content %d" % number})
    assert made >= 2


@pytest.mark.parametrize("parts", [False, True], ids=["whole", "in-parts"])
def test_update_resource(place: Nursery, small_chunks: Callable[[], None], parts: bool) -> None:
    if parts:
        small_chunks()

    def prepare(o: ODPS) -> None:
        o.create_resource("k_r", "file", file_obj="old")

    def act(o: ODPS, number: int, old: State) -> None:
        with o.get_resource("k_r").open("wb", stream=parts, overwrite=True) as file:
            for _ in range(3):
                file.write(b"content %08d" % number)

    assert walk(place, prepare, act, lambda old, number: {"k_r": (b"content %08d" % number) * 3}) >= 2


def test_functions(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_resource("k_r.py", "py", file_obj="class F(object):\n    pass\n")

    def act(o: ODPS, number: int, old: State) -> None:
        o.create_function(f"k_f{number}", class_type="k_r.F", resources=["k_r.py"])

    assert walk(place, prepare, act, lambda old, number: old | {f"k_f{number}": "k_r.F"}) >= 2


def test_functions_of_a_schema(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_schema("inner_one")
        o.create_resource("k_r.py", "py", file_obj="class F(object):\n    pass\n", schema="inner_one")

    def act(o: ODPS, number: int, old: State) -> None:
        statement = f"create or replace function k_f as 'k_r.F{number}' using 'k_r.py'"
        o.execute_sql(statement, default_schema="inner_one")

    def inside(o: ODPS) -> State:
        return {one.name: one.class_type for one in o.list_functions(schema="inner_one")}

    made = walk(place, prepare, act, lambda old, number: {"k_f": f"k_r.F{number}"}, seen=inside)
    assert made >= 2
