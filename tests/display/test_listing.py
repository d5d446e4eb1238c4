"""The listing of what was sent."""

from __future__ import annotations

import ast
from dataclasses import replace

from odps_jupyter.backends.plan import Input, Plan
from odps_jupyter.backends.shipment import Captured, Piece, Shipment, ShippedFunction
from odps_jupyter.display.code import listing
from odps_jupyter.display.listing import show_plan, show_shipment

PIECE = Piece(
    "handle",
    "function",
    "f",
    2,
    3,
    "def handle(x, k=1):\n    return x < k",
    (
        Captured("np", "numpy", 18, "reference", "numpy"),
        Captured("json", "json", 18, "reference", "json"),
        Captured("root", "math.sqrt", 18, "reference", "math"),
        Captured("coeffs", "dict", 1200, "value"),
        Captured("k=", "int", 2, "value"),
    ),
    ("decimal",),
)
FUNCTION = ShippedFunction("handle", "pyodps_udf_1", "double->double", (PIECE,), ("json", "numpy"), (), 9876, "# UDF")
SHIPMENT = Shipment("verified", (FUNCTION,), ("lib.zip",), "SELECT '<b>'", (("a.hint", "1"),), "proj", "2026i1")


def test_the_code_as_python() -> None:
    assert listing(FUNCTION) == (
        "# double->double; a pickle of 9.9 kB\n"
        "# loading it imports json, numpy\n"
        "import numpy as np             # by reference: the executor's own\n"
        "import json                    # by reference: the executor's own\n"
        "from math import sqrt as root  # by reference: the executor's own\n"
        "coeffs = ...                   # dict, 1.2 kB, by value\n"
        "\n"
        "# cell 3, line 2; imports decimal when it runs\n"
        "# default k: int, 2 bytes, by value\n"
        "def handle(x, k=1):\n"
        "    return x < k"
    )


def test_names_and_values() -> None:
    captures = (
        Captured("k", "int", 2, "value", literal="2"),
        Captured("Kept.at", "list", 4, "value", literal="[1]"),
        Captured("load", "json.JSONDecoder.decode", 30, "reference", "json"),
    )
    lines = (
        Piece("lambda", "lambda", "f", 1, 1, "lambda v: (v +\n k)", (), (), names=("add", "plus")),
        Piece("lambda", "lambda", "f", 1, 1, "lambda v: v +\n k", (), ()),
        Piece("outer.inner", "function", "f", 1, 1, "@kept\n@other(\n  1)\ndef inner():\n    pass", captures, ()),
        Piece("inner", "function", "f", 1, 1, "def inner():\n    pass", (), (), names=("f", "k")),
        Piece("broken", "function", "f", 1, 1, "    def broken():\n", (), ()),
    )
    text = listing(replace(FUNCTION, pieces=lines))
    ast.parse(text)
    for expected in (
        "k = 2  ",
        "# Kept.at = [1]  ",
        "from json import JSONDecoder; load = JSONDecoder.decode  # by reference",
        "\nadd = plus = lambda v: (v +\n k)",
        "\n(lambda v: v +\n k)",
        "\n# @kept\n# @other(\n#   1)\ndef inner():\n",
        "\nf = inner\n# the code around finds it as k",
        "\n#     def broken():",
    ):
        assert expected in text, expected
    assert "k = ...  " in listing(replace(FUNCTION, pieces=lines), masked=True)


def test_what_is_unknown_is_said() -> None:
    assert "its source is gone" in listing(replace(FUNCTION, pieces=(replace(PIECE, source=None),)))
    assert listing(replace(FUNCTION, unread="it is no pickle")) == "# Its pickle cannot be read: it is no pickle."


def test_text_and_html_say_the_same_and_are_safe() -> None:
    shown = show_shipment(SHIPMENT, SHIPMENT.functions, ["handle took <i> along."], "cp311")
    assert shown.html is not None
    for part in ("project proj, instance 2026i1 (executor cp311)", "libraries: lib.zip", "a.hint=1"):
        assert part in shown.text
        assert part in shown.html
    assert "# ! handle took <i> along." in shown.text
    ast.parse(shown.text)
    assert "SELECT '<b>'" in shown.text
    assert "<b>'" not in shown.html.replace("&lt;b&gt;", "")
    assert "<i>" not in shown.html
    assert "x &lt; k" in shown.html


def test_a_refused_job_and_a_plan() -> None:
    assert ", which refused it" in show_shipment(replace(SHIPMENT, instance=None), (), (), "cp311").text
    planned = replace(SHIPMENT, standing="planned", instance=None)
    inputs = (Input("p.sales", 2_500_000, 1000), Input("p.v", None, None))
    text = show_plan(Plan((planned,), inputs), "cp311").text
    assert "Dry run: 1 job, at most reading p.sales (2.5 MB, 1,000 rows), p.v (size unknown). Nothing was sent." in text
    assert "Would go to project proj (executor cp311); nothing was sent." in text
    assert "no job" in show_plan(Plan((), inputs[:1]), "cp311").text
