"""Signatures are read from the source, whatever Python it is written for, and never by running it."""

from __future__ import annotations

import pytest

from odps_jupyter.executor.errors import SignatureError
from odps_jupyter.executor.signature import Signature, read_signature

BODY = "class Udf(object):\n    def evaluate(self, a):\n        print 'python 2', a\n"


def test_scalar_of_python_2() -> None:
    source = f"from odps.udf import annotate\n\n@annotate('Double,STRING->bigint')\n{BODY}"
    assert read_signature(source, "module.Udf") == Signature("scalar", ("double", "string"), ("bigint",))


@pytest.mark.parametrize(
    ("prototype", "arguments", "returns"),
    [
        ("->bigint", (), ("bigint",)),
        ("*->string", ("*",), ("string",)),
        ("bigint,*->string", ("bigint", "*"), ("string",)),
        ("decimal->decimal(10,2)", ("decimal(38,18)",), ("decimal(10,2)",)),
        ("map<string,array<int>>,varchar(10)->string", ("map<string,array<int>>", "varchar(10)"), ("string",)),
        ("bigint->struct<char:bigint>", ("bigint",), ("struct<char:bigint>",)),
        ("struct<a:bigint,b:map<string,date>>->string", ("struct<a:bigint,b:map<string,date>>",), ("string",)),
    ],
)
def test_types(prototype: str, arguments: tuple[str, ...], returns: tuple[str, ...]) -> None:
    found = read_signature(f"@annotate('{prototype}')\n{BODY}", "Udf")
    assert (found.arguments, found.returns) == (arguments, returns)


def test_kind_follows_the_base_class() -> None:
    for base, kind, method in (("BaseUDTF", "table", "process"), ("odps.udf.BaseUDAF", "aggregate", "iterate")):
        source = f"@odps.udf.annotate(\n    'bigint->bigint'\n)\nclass Udf({base}):\n    def {method}(self): pass\n"
        assert read_signature(source, "Udf").kind == kind


def test_table_function_needs_no_signature() -> None:
    source = "class Udf(BaseUDTF):\n    def process(self, *args): pass\n"
    assert read_signature(source, "Udf") == Signature("table", ("*",), ("*",))


def test_generated_source_tells_its_client(generated) -> None:
    import sys

    table = generated.collection(x="double")
    found = generated.function(table.x.map(lambda v: v)).signature
    assert found == Signature("scalar", ("double",), ("double",), sys.version_info[:2])


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1", "no class Udf"),
        ("class Udf(object):\n    pass\n", "none of the methods"),
        (BODY, "no @annotate"),
        (f"@annotate('bigint')\n{BODY}", "lacks '->'"),
        (f"@annotate('bigint->')\n{BODY}", "must return one value"),
        (f"@annotate('bigint->bigint,string')\n{BODY}", "must return one value"),
        (f"@annotate('bigint->varchar(10)')\n{BODY}", "returns CHAR or VARCHAR"),
        (f"@annotate('bigint->array<char(1)>')\n{BODY}", "returns CHAR or VARCHAR"),
        (f"@annotate('blob->bigint')\n{BODY}", "'blob' is not a MaxCompute type"),
        (f"@annotate('array<bigint->bigint')\n{BODY}", "is not a MaxCompute type"),
        (f"@annotate('decimal(x)->bigint')\n{BODY}", "is not a MaxCompute type"),
    ],
)
def test_what_is_missing_is_said(source: str, message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        read_signature(source, "Udf")
