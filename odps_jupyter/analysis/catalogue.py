"""Which PyODPS calls hand a callable to the executor, which execute, and what each returns.

Read in PyODPS 0.13.2 (``odps/df/expr``: element, collections, groupby, reduction, expressions, merge). A second
library that ships functions is a second set of rows (:mod:`.maxframe`).
"""

from __future__ import annotations

from . import maxframe
from .handover import HandOver
from .values import Shape

_COLLECTION = frozenset({Shape.COLLECTION, Shape.ANY})
_SEQUENCE = frozenset({Shape.SEQUENCE, Shape.SCALAR, Shape.ANY})
_GROUP = frozenset({Shape.GROUP})
_AGGREGATED = frozenset({Shape.SEQUENCE, Shape.GROUP_SEQUENCE, Shape.ANY})


HAND_OVERS = (
    HandOver("map", _SEQUENCE, 0, "func", "scalar", Shape.SEQUENCE),
    HandOver("hash", _SEQUENCE, 0, "func", "scalar", Shape.SEQUENCE),
    HandOver("agg", _AGGREGATED, 0, "aggregator", "aggregate", Shape.SCALAR),
    HandOver("aggregate", _AGGREGATED, 0, "aggregator", "aggregate", Shape.SCALAR),
    HandOver("apply", _COLLECTION, 0, "func", "aggregate", Shape.COLLECTION, by_axis=True),
    HandOver("apply", _GROUP, 0, "func", "row", Shape.COLLECTION),
    HandOver("applymap", _COLLECTION, 0, "func", "scalar", Shape.COLLECTION),
    HandOver("map_reduce", _COLLECTION, 0, "mapper", "mapper", Shape.COLLECTION),
    HandOver("map_reduce", _COLLECTION, 1, "reducer", "reducer", Shape.COLLECTION),
    HandOver("map_reduce", _COLLECTION, 5, "combiner", "combiner", Shape.COLLECTION),
    HandOver("pivot_table", _COLLECTION, 3, "aggfunc", "aggregate", Shape.COLLECTION, several=True),
)

#: Functions of ``odps.df`` that hand over a callable: ``agg([df.a, df.b], Agg)``.
FUNCTION_HAND_OVERS = {
    "agg": HandOver("agg", _AGGREGATED, 1, "aggregator", "aggregate", Shape.SCALAR),
    "aggregate": HandOver("aggregate", _AGGREGATED, 1, "aggregator", "aggregate", Shape.SCALAR),
}

#: Methods that run the expression and return something local, and those that run it and return an expression.
EXECUTING = frozenset({"execute", "to_pandas", "head", "tail", "plot", "hist", "boxplot"})
PERSISTING = frozenset({"persist"})

#: Keywords that of all ``map``/``apply``/``agg`` only PyODPS's take: they show a receiver nothing else is known of.
TELLING_KEYWORDS = frozenset({"rtype", "cu_request"})
#: The methods for which those keywords are such a sign.
TELLING_METHODS = frozenset({"map", "apply", "applymap", "agg", "aggregate"})

#: Methods whose function arguments build an expression when they are called, here and at once.
BUILDERS = frozenset(
    {
        "__getitem__", "filter", "select", "query", "groupby", "sort", "sort_values", "distinct", "exclude", "join",
        "inner_join", "left_join", "right_join", "outer_join", "agg", "aggregate", "mutate", "reshuffle", "sample",
    }
)  # fmt: skip

#: Attributes of any expression that are local facts ...
LOCAL_ATTRIBUTES = frozenset({"dtypes", "schema", "odps_schema", "ast", "compile", "data"})
#: ... and those of a sequence or scalar alone: of a collection they are columns.
LOCAL_SEQUENCE_ATTRIBUTES = frozenset({"name", "dtype", "data_type"})

_REDUCTIONS = frozenset(
    {
        "sum", "count", "mean", "min", "max", "std", "var", "median", "quantile", "any", "all", "nunique", "size",
        "cat", "moment", "skew", "kurt", "kurtosis", "tolist", "hll_count",
    }
)  # fmt: skip

#: Methods of a collection and the shape each returns; any other attribute of a collection is a column.
COLLECTION_METHODS = {
    **dict.fromkeys(
        (
            "sort_values", "sort", "distinct", "apply", "reshuffle", "map_reduce", "sample", "pivot", "melt",
            "pivot_table", "extract_kv", "to_kv", "dropna", "fillna", "ffill", "bfill", "min_max_scale", "std_scale",
            "append_id", "split", "applymap", "filter", "filter_parts", "filter_partition", "select", "exclude",
            "query", "limit", "view", "join", "inner_join", "left_join", "right_join", "outer_join", "union",
            "concat", "setdiff", "except_", "intersect", "drop", "copy", "copy_tree", "cache", "uncache", "persist",
            "describe", "bloom_filter", "roles", "exclude_fields", "label_field", "weight_field", "discrete",
            "continuous", "key_value", "erase_key_value", "select_features", "merge_with", "verify",
        ),
        Shape.COLLECTION,
    ),
    **dict.fromkeys(_REDUCTIONS, Shape.ANY),
    "groupby": Shape.GROUP,
    "switch": Shape.SEQUENCE,
}  # fmt: skip

#: Methods of a grouped collection; any other attribute is a grouped column.
GROUP_METHODS = {
    **dict.fromkeys(("sort", "sort_values", "filter"), Shape.GROUP),
    **dict.fromkeys(("agg", "aggregate", "mutate", "apply"), Shape.COLLECTION),
    **dict.fromkeys(_REDUCTIONS, Shape.ANY),
    **dict.fromkeys(
        ("rank", "min_rank", "dense_rank", "percent_rank", "row_number", "qcut", "cume_dist", "nth_value"),
        Shape.SEQUENCE,
    ),
}

_BY_METHOD: dict[str, tuple[HandOver, ...]] = {}
for _row in (*HAND_OVERS, *maxframe.HAND_OVERS):
    _BY_METHOD[_row.method] = (*_BY_METHOD.get(_row.method, ()), _row)

#: Attribute names that make a function worth following even where nobody calls it.
CANDIDATES = frozenset(_BY_METHOD) | EXECUTING | PERSISTING | maxframe.EXECUTING


def hands_over(method: str) -> bool:
    """Whether a method of this name of any expression hands over a callable."""
    return method in _BY_METHOD


def executes(method: str, shape: Shape) -> bool:
    """Whether ``method`` runs the expression it is called on."""
    if shape is Shape.MAXFRAME:
        return method in maxframe.EXECUTING
    return method in EXECUTING or method in PERSISTING


def hand_overs(method: str, shape: Shape) -> tuple[HandOver, ...]:
    """The rows for ``method`` called on an expression of ``shape``."""
    rows = _BY_METHOD.get(method)
    if rows is None:
        return ()
    return tuple(row for row in rows if shape in row.shapes)


def result_shape(method: str, shape: Shape) -> Shape:
    """The shape that ``method`` of an expression of ``shape`` returns."""
    if shape is Shape.COLLECTION:
        return COLLECTION_METHODS.get(method, Shape.ANY)
    if shape is Shape.GROUP:
        return GROUP_METHODS.get(method, Shape.ANY)
    if shape is Shape.GROUP_SEQUENCE:
        return Shape.SEQUENCE
    if shape is Shape.SEQUENCE:
        if method in _REDUCTIONS:
            return Shape.SCALAR
        return Shape.COLLECTION if method in ("value_counts", "topk", "unique_counts") else Shape.SEQUENCE
    return shape
