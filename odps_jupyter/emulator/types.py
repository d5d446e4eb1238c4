"""MaxCompute types, and what each is in sqlglot, DuckDB and Arrow.

A type is written canonically in lower case: ``bigint``, ``decimal(38,18)``, ``array<string>``, ``map<string,bigint>``,
``struct<a:bigint,b:string>``. Source: MaxCompute's documentation, "Data type editions" (edition 2.0).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pyarrow as pa
from sqlglot import exp


@dataclass(frozen=True)
class Type:
    """A MaxCompute type.

    Attributes:
        name: the type's word: ``bigint``, ``decimal``, ``array``, ``void`` (the type of a bare NULL) ...
        sizes: precision and scale of a decimal, length of a varchar or char.
        items: element types of an array (1), a map (key, value) or a struct (one per field).
        fields: field names of a struct.
    """

    name: str
    sizes: tuple[int, ...] = ()
    items: tuple[Type, ...] = ()
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.fields:
            return f"struct<{','.join(f'{n}:{t}' for n, t in zip(self.fields, self.items, strict=True))}>"
        if self.items:
            return f"{self.name}<{','.join(map(str, self.items))}>"
        if self.sizes:
            return f"{self.name}({','.join(map(str, self.sizes))})"
        return self.name


VOID = Type("void")
BOOLEAN = Type("boolean")
TINYINT, SMALLINT, INT, BIGINT = (Type(n) for n in ("tinyint", "smallint", "int", "bigint"))
FLOAT, DOUBLE = Type("float"), Type("double")
STRING, BINARY, JSON = Type("string"), Type("binary"), Type("json")
DATE, DATETIME, TIMESTAMP, TIMESTAMP_NTZ = (Type(n) for n in ("date", "datetime", "timestamp", "timestamp_ntz"))
DECIMAL = Type("decimal", (38, 18))

INTEGERS = ("tinyint", "smallint", "int", "bigint")
NUMBERS = (*INTEGERS, "decimal", "float", "double")
TEXTS = ("string", "varchar", "char")
TIMES = ("date", "datetime", "timestamp", "timestamp_ntz")

_DUCKDB = {
    "void": "VARCHAR",
    "boolean": "BOOLEAN",
    "tinyint": "TINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "float": "FLOAT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "varchar": "VARCHAR",
    "char": "VARCHAR",
    "binary": "BLOB",
    "json": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "timestamp": "TIMESTAMP_NS",
    "timestamp_ntz": "TIMESTAMP_NS",
    "interval_day_time": "INTERVAL",
    "interval_year_month": "INTERVAL",
}

#: Names of the types that are written without items.
NAMES = tuple(sorted([*(name for name in _DUCKDB if name != "void"), "decimal"]))

#: Most characters a type can be declared with.
_LONGEST = {"varchar": 65535, "char": 255}

_ARROW = {
    "void": pa.string(),
    "boolean": pa.bool_(),
    "tinyint": pa.int8(),
    "smallint": pa.int16(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "string": pa.string(),
    "varchar": pa.string(),
    "char": pa.string(),
    "binary": pa.binary(),
    "json": pa.string(),
    "date": pa.date32(),
    "datetime": pa.timestamp("us"),
    "timestamp": pa.timestamp("ns"),
    "timestamp_ntz": pa.timestamp("ns"),
    "interval_day_time": pa.month_day_nano_interval(),
    "interval_year_month": pa.month_day_nano_interval(),
}

_SQLGLOT = {
    exp.DataType.Type.BOOLEAN: "boolean",
    exp.DataType.Type.TINYINT: "tinyint",
    exp.DataType.Type.SMALLINT: "smallint",
    exp.DataType.Type.INT: "int",
    exp.DataType.Type.BIGINT: "bigint",
    exp.DataType.Type.FLOAT: "float",
    exp.DataType.Type.DOUBLE: "double",
    exp.DataType.Type.DECIMAL: "decimal",
    exp.DataType.Type.TEXT: "string",
    exp.DataType.Type.VARCHAR: "varchar",
    exp.DataType.Type.CHAR: "char",
    exp.DataType.Type.BINARY: "binary",
    exp.DataType.Type.DATE: "date",
    exp.DataType.Type.DATETIME: "datetime",
    exp.DataType.Type.TIMESTAMP: "timestamp",
    exp.DataType.Type.TIMESTAMPTZ: "timestamp",
    exp.DataType.Type.TIMESTAMPNTZ: "timestamp_ntz",
    exp.DataType.Type.JSON: "json",
    exp.DataType.Type.ARRAY: "array",
    exp.DataType.Type.MAP: "map",
    exp.DataType.Type.STRUCT: "struct",
    exp.DataType.Type.INTERVAL: "interval_day_time",
}


def array_of(item: Type) -> Type:
    """``array<item>``."""
    return Type("array", items=(item,))


def map_of(key: Type, value: Type) -> Type:
    """``map<key,value>``."""
    return Type("map", items=(key, value))


def struct_of(fields: dict[str, Type]) -> Type:
    """``struct<name:type,...>``."""
    return Type("struct", items=tuple(fields.values()), fields=tuple(fields))


@cache
def parse(text: str) -> Type:
    """Read a type as a user or PyODPS writes it.

    Raises:
        ValueError: the text is no MaxCompute type; the message says which word is not.
    """
    tokens = re.findall(r"`[^`]*`|[A-Za-z_0-9]+|[<>(),:]", text)
    found, rest = _read(tokens, text)
    if rest:
        raise ValueError(f"{text!r} is not a MaxCompute type")
    return found


def _read(tokens: list[str], text: str) -> tuple[Type, list[str]]:
    if not tokens:
        raise ValueError(f"{text!r} is not a MaxCompute type")
    name, rest = tokens[0].lower(), tokens[1:]
    if name in ("array", "map", "struct"):
        items: list[Type] = []
        fields: list[str] = []
        if not rest or rest[0] != "<":
            raise ValueError(f"{name} in {text!r} needs its element types, such as array<string>")
        rest = rest[1:]
        while rest and rest[0] != ">":
            if name == "struct":
                if len(rest) < 3 or rest[1] != ":":
                    raise ValueError(f"a struct field in {text!r} is written name:type")
                fields.append(rest[0].strip("`").lower())
                rest = rest[2:]
            item, rest = _read(rest, text)
            items.append(item)
            if rest and rest[0] == ",":
                rest = rest[1:]
        if not rest or len(items) != {"array": 1, "map": 2}.get(name, len(items)):
            raise ValueError(f"{text!r} is not a MaxCompute type")
        return Type(name, items=tuple(items), fields=tuple(fields)), rest[1:]
    sizes: list[int] = []
    if rest and rest[0] == "(":
        end = rest.index(")") if ")" in rest else len(rest)
        sizes = [int(t) for t in rest[1:end] if t.isdigit()]
        rest = rest[end + 1 :]
    return _plain(name, tuple(sizes), text), rest


def _plain(name: str, sizes: tuple[int, ...], text: str) -> Type:
    name = {"integer": "int", "bool": "boolean", "long": "bigint", "numeric": "decimal"}.get(name, name)
    if name == "decimal":
        if not sizes:
            return DECIMAL
        precision, scale = sizes if len(sizes) == 2 else (sizes[0], 0)
        if not 1 <= precision <= 38:
            raise ValueError(f"the precision of {text!r} is not between 1 and 38; there is no DECIMAL256 here")
        if scale > precision:
            raise ValueError(f"the scale of {text!r} is not between 0 and {precision}")
        return Type("decimal", (precision, scale))
    if name in _LONGEST and sizes and not 1 <= sizes[0] <= _LONGEST[name]:
        raise ValueError(f"the length of {text!r} is not between 1 and {_LONGEST[name]}")
    if name not in _DUCKDB:
        raise ValueError(f"{name!r} in {text!r} is not a MaxCompute type")
    return Type(name, sizes if name in ("varchar", "char") else ())


def from_sqlglot(node: exp.DataType) -> Type:
    """The type sqlglot read in a CAST or a column definition.

    Raises:
        ValueError: no MaxCompute type has that name.
    """
    name = _SQLGLOT.get(node.this)
    if name is None:
        raise ValueError(f"{node.sql()!r} is not a MaxCompute type")
    parts = node.expressions
    if name in ("array", "map"):
        return Type(name, items=tuple(from_sqlglot(p) for p in parts))
    if name == "struct":
        return struct_of({p.name.lower(): from_sqlglot(p.args["kind"]) for p in parts})
    sizes = tuple(int(p.name) for p in parts if p.name.isdigit())
    return _plain(name, sizes, node.sql())


def to_duckdb(kind: Type) -> str:
    """DuckDB's name for a type, as written in a CAST or a column definition."""
    if kind.name == "array":
        return f"{to_duckdb(kind.items[0])}[]"
    if kind.name == "map":
        return f"MAP({to_duckdb(kind.items[0])}, {to_duckdb(kind.items[1])})"
    if kind.name == "struct":
        fields = (f'"{n}" {to_duckdb(t)}' for n, t in zip(kind.fields, kind.items, strict=True))
        return f"STRUCT({', '.join(fields)})"
    if kind.name == "decimal":
        return f"DECIMAL({kind.sizes[0]}, {kind.sizes[1]})"
    return _DUCKDB[kind.name]


def to_arrow(kind: Type) -> pa.DataType:
    """The Arrow type of a column of this type on every boundary of the embedded MaxCompute."""
    if kind.name == "array":
        return pa.list_(to_arrow(kind.items[0]))
    if kind.name == "map":
        return pa.map_(to_arrow(kind.items[0]), to_arrow(kind.items[1]))
    if kind.name == "struct":
        return pa.struct([pa.field(n, to_arrow(t)) for n, t in zip(kind.fields, kind.items, strict=True)])
    if kind.name == "decimal":
        return pa.decimal128(kind.sizes[0], kind.sizes[1])
    return _ARROW[kind.name]
