"""``x IN (a, b, ...)``: one comparison per type, and a hash of the values where they are many; IN of a subquery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import Type

from . import conversions, operators
from .errors import semantic
from .scope import Query
from .typed import Typed, once

# DuckDB hashes the values of a subquery, and looks through those of a list one by one. From here on the text is so long
# that ``once`` never writes it into a lambda, where a subquery may not stand.
_MANY = 1_000


def isin(value: Typed, members: Sequence[Typed], node: exp.Expr, *, in_lambda: bool) -> Typed:
    """Whether a value is one of several; NULL where it is not, and one of them (or itself) is NULL.

    Args:
        value, members: what is compared; every member is brought to one type with the value, each by itself.
        node: the expression, for errors.
        in_lambda: whether it stands in the body of ``x -> ...``.

    Raises:
        OdpsError: ``ODPS-0130071``, there are none, or one cannot be compared with the value.
    """
    if not members:
        raise semantic("IN needs at least one value", node)
    groups: dict[Type, list[Typed]] = {}
    for written in members:
        member = conversions.beside(written, value.type)
        kind = conversions.comparable(value.type, member.type)
        if kind is None:
            raise semantic(f"operator = cannot be applied to {value.type} and {member.type}", node)
        groups.setdefault(kind, []).append(member)

    def tests(operand: Sequence[str]) -> str:
        tested = replace(value, sql=operand[0])
        return "(" + " OR ".join(_one(tested, kind, some, node, in_lambda) for kind, some in groups.items()) + ")"

    simple = len(groups) == 1 and not next(iter(groups)).items
    return Typed(tests([value.sql]) if simple else once([value.sql], tests), types.BOOLEAN)


def isin_query(values: Sequence[Typed], query: Query, node: exp.Expr) -> Typed:
    """Whether a value, or several side by side, are a row of a query.

    Raises:
        OdpsError: ``ODPS-0130071``, it has other columns.
    """
    if len(query.fields) != len(values):
        wanted = "one column" if len(values) == 1 else f"{len(values)} columns"
        raise semantic(f"a subquery of IN must have {wanted}", node)
    left, right = [], []
    for position, (value, field) in enumerate(zip(values, query.fields, strict=True)):
        kind = conversions.comparable(value.type, field.type)
        if kind is None:
            raise semantic(f"cannot compare {value.type} with {field.type} in IN", node)
        left.append(conversions.convert(value, kind).sql)
        right.append(conversions.convert(Typed(f"c{position}", field.type), kind).sql)
    inner = f"SELECT {', '.join(right)} FROM ({query.sql}) AS {query.positional('q')}"
    tested = left[0] if len(left) == 1 else f"({', '.join(left)})"
    return Typed(f"({tested} IN ({inner}))", types.BOOLEAN)


def _one(value: Typed, kind: Type, members: Sequence[Typed], node: exp.Expr, in_lambda: bool) -> str:
    """The comparison with the members of one type."""
    if kind.items or kind.name == "void":
        # In DuckDB, IN of a list looks into the list.
        return "(" + " OR ".join(operators.compare("=", value, m, node).sql for m in members) + ")"
    tested = conversions.convert(value, kind).sql
    if len(members) >= _MANY and not in_lambda and all(m.is_constant for m in members):
        return f"({tested} IN (SELECT unnest({_listed(kind, members)})))"
    return f"({tested} IN ({', '.join(conversions.convert(m, kind).sql for m in members)}))"


def _listed(kind: Type, members: Sequence[Typed]) -> str:
    """The members as one list; whole numbers are not cast one by one, which takes ten times as long."""
    if kind == types.BIGINT and all(m.type in (kind, types.INT, types.VOID) for m in members):
        return f"CAST([{', '.join('NULL' if m.constant is None else str(m.constant) for m in members)}] AS BIGINT[])"
    return f"[{', '.join(conversions.convert(m, kind).sql for m in members)}]"
