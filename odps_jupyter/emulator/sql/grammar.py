"""Which parts of a parsed statement are read: a part that nothing here reads would be dropped in silence.

sqlglot's trees hold every dialect's clauses. Each kind of node that the translation reads is listed with the parts it
reads; any other part that a statement fills is refused by name.
"""

from __future__ import annotations

from sqlglot import exp

from .errors import unsupported

_BINARY = frozenset(["this", "expression"])
_QUERY = ("with_", "order", "limit", "offset")

_READ: dict[type[exp.Expr], frozenset[str]] = {
    **dict.fromkeys(
        [
            exp.Add, exp.Sub, exp.Mul, exp.Mod, exp.IntDiv, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.And,
            exp.Or, exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Is, exp.Escape,
            exp.RegexpLike, exp.Extract, exp.Filter, exp.WithinGroup, exp.Transform,
        ],
        _BINARY,
    ),
    # These say how the dialect divides and counts, not what was written.
    exp.Div: _BINARY | {"typed", "safe"},
    exp.Like: _BINARY | {"negate"},
    exp.DPipe: _BINARY | {"safe"},
    exp.Concat: frozenset(["expressions", "safe", "coalesce"]),
    exp.Bracket: frozenset(["this", "expressions", "offset", "safe"]),
    exp.ParseJSON: frozenset(["this", "is_literal"]),
    exp.Cast: frozenset(["this", "to"]),
    exp.Interval: frozenset(["this", "unit"]),
    exp.IntervalSpan: _BINARY,
    exp.DataType: frozenset(["this", "expressions", "nested"]),
    exp.Column: frozenset(["this", "table", "db", "catalog"]),
    exp.Identifier: frozenset(["this", "quoted"]),
    exp.Between: frozenset(["this", "low", "high"]),
    exp.In: frozenset(["this", "expressions", "query"]),
    exp.Exists: frozenset(["this"]),
    exp.Star: frozenset(["except_", "replace", "rename"]),
    exp.CurrentDate: frozenset(),
    exp.CurrentDatetime: frozenset(),
    exp.CurrentTimestamp: frozenset(),
    exp.Select: frozenset(
        [
            *_QUERY, "expressions", "hint", "distinct", "from_", "laterals", "joins", "where", "group", "having",
            "qualify", "windows", "distribute", "sort", "cluster", "sample",
        ]
    ),
    exp.Subquery: frozenset([*_QUERY, "this", "alias", "laterals", "joins", "pivots", "sample"]),
    **dict.fromkeys([exp.Union, exp.Except, exp.Intersect], frozenset([*_QUERY, "this", "expression", "distinct"])),
    exp.Values: frozenset(["expressions", "alias"]),
    exp.With: frozenset(["expressions", "recursive"]),
    exp.CTE: frozenset(["this", "alias"]),
    exp.Table: frozenset(["this", "alias", "db", "catalog", "laterals", "joins", "pivots", "sample"]),
    exp.Join: frozenset(["this", "on", "side", "kind", "using", "method"]),
    exp.Lateral: frozenset(["this", "view", "outer", "alias"]),
    exp.Limit: frozenset(["this", "expression"]),
    exp.Offset: frozenset(["this", "expression"]),
    exp.Ordered: frozenset(["this", "desc", "nulls_first"]),
    exp.Group: frozenset(["expressions", "grouping_sets", "cube", "rollup"]),
    exp.TableSample: frozenset(
        ["bucket_numerator", "bucket_denominator", "bucket_field", "percent", "rows", "size"]
    ),
    exp.Window: frozenset(["this", "partition_by", "order", "spec", "alias", "over"]),
}  # fmt: skip

#: What a part is called where its own name does not say it.
_WORDS = {
    "all": "GROUP BY ALL",
    "by_name": "UNION BY NAME",
    "expressions": "LIMIT BY",
    "field": "IN without brackets",
    "hints": "a hint behind a table",
    "limit_options": "LIMIT PERCENT or WITH TIES",
    "locks": "FOR UPDATE",
    "method": "a method of TABLESAMPLE",
    "seed": "REPEATABLE of TABLESAMPLE",
    "version": "AS OF (time travel)",
    "when": "AS OF (time travel)",
}


def check(tree: exp.Expr) -> None:
    """Refuse what the translation would leave out.

    Raises:
        OdpsError: ``ODPS-0130071``, the message names the part.
    """
    for node in tree.walk():
        if isinstance(node, exp.QueryTransform):
            raise unsupported("SELECT TRANSFORM", node)
        read = _READ.get(type(node))
        if read is None:
            continue
        for part, content in node.args.items():
            if content and part not in read:
                plain = f"{part.strip('_').upper().replace('_', ' ')} of {type(node).__name__.upper()}"
                raise unsupported(_WORDS.get(part, plain), node.parent if isinstance(node, exp.Group) else node)
