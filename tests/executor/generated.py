"""Sources of functions as the real PyODPS client generates them, without a service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from odps.df.backends.odpssql.codegen import gen_udf
from odps.df.backends.odpssql.types import odps_schema_to_df_schema
from odps.df.expr.expressions import CollectionExpr
from odps.models import TableSchema

from odps_jupyter.executor.job import Function
from odps_jupyter.executor.signature import read_signature

CLASS = "pyodps_udf"


def collection(**columns: str) -> Any:
    """A collection over a table with these columns and MaxCompute types; its rows are never asked for."""
    schema = TableSchema.from_lists(list(columns), list(columns.values()))
    return CollectionExpr(_source_data=object(), _schema=odps_schema_to_df_schema(schema))


def functions(expression: Any, libraries: Sequence[Any] = ()) -> list[Function]:
    """The functions that executing ``expression`` would register."""
    sources, _, _ = gen_udf(expression, CLASS, libraries=list(libraries))
    return [Function(CLASS, text, CLASS, read_signature(text, CLASS)) for text in sources.values()]


def function(expression: Any, libraries: Sequence[Any] = ()) -> Function:
    """The one function of ``expression``."""
    (found,) = functions(expression, libraries)
    return found
