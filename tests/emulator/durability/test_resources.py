"""Resources and functions are as before or as after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from odps import ODPS

from .walking import Nursery, walk


def test_create_resource(place: Nursery) -> None:
    def act(o: ODPS) -> None:
        o.create_resource("k_new.txt", "file", file_obj="content")

    assert walk(place, lambda o: None, act, lambda old: {"k_new.txt": b"content"}) >= 2


@pytest.mark.parametrize("parts", [False, True], ids=["whole", "in-parts"])
def test_update_resource(place: Nursery, small_chunks: Callable[[], None], parts: bool) -> None:
    if parts:
        small_chunks()

    def prepare(o: ODPS) -> None:
        o.create_resource("k_r", "file", file_obj="old")

    def act(o: ODPS) -> None:
        with o.get_resource("k_r").open("wb", stream=parts, overwrite=True) as file:
            for number in range(3):
                file.write(b"content %08d" % number)

    content = b"content 00000000content 00000001content 00000002"
    assert walk(place, prepare, act, lambda old: {"k_r": content}) >= 2


def test_functions(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_resource("k_r.py", "py", file_obj="class F(object):\n    pass\n")

    def act(o: ODPS) -> None:
        o.create_function("k_f", class_type="k_r.F", resources=["k_r.py"])

    assert walk(place, prepare, act, lambda old: old | {"k_f": "k_r.F"}) >= 2


def test_functions_of_a_schema(place: Nursery) -> None:
    def prepare(o: ODPS) -> None:
        o.create_schema("inner_one")
        o.create_resource("k_r.py", "py", file_obj="class F(object):\n    pass\n", schema="inner_one")

    def act(o: ODPS) -> None:
        o.execute_sql("create or replace function k_f as 'k_r.F' using 'k_r.py'", default_schema="inner_one")

    assert walk(place, prepare, act, lambda old: old | {"k_f": "k_r.F"}, schema="inner_one") >= 2
