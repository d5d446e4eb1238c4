"""One run of an XFlow algorithm: its parameters, the tables it reads, the tables it writes."""

from __future__ import annotations

import math
import secrets
from collections.abc import Mapping, Sequence

from sqlglot import exp

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql.dialect import parse
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.insert import write
from odps_jupyter.emulator.sql.scope import Query
from odps_jupyter.emulator.sql.typed import quote
from odps_jupyter.emulator.tables.catalog import parse_spec
from odps_jupyter.emulator.tables.models import Column, TableSpec


def invalid(what: str) -> OdpsError:
    """A parameter that makes no sense."""
    return OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {what}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not finite")
    return number


class Flow:
    """Parameters by name, tables in and out. Parameter names are compared without case, as PAI does."""

    def __init__(self, execution: Execution, parameters: Mapping[str, str]) -> None:
        self._execution = execution
        self._parameters = {key.lower(): value for key, value in parameters.items()}
        self._seed: int | None = None
        self.written: list[str] = []

    def text(self, key: str, default: str) -> str:
        return self._parameters.get(key.lower()) or default

    def words(self, key: str) -> list[str]:
        """A list of names, divided by commas."""
        return [one.strip() for one in self.text(key, "").split(",") if one.strip()]

    def number(self, key: str) -> float | None:
        text = self.text(key, "")
        try:
            return _finite(text) if text else None
        except ValueError as error:
            raise invalid(f"{key}={text} is no number") from error

    def seed(self) -> int:
        """``randomSeed``, or one that nothing predicts; the same for the whole run."""
        if self._seed is None:
            given = self.number("randomSeed")
            self._seed = secrets.randbits(31) if given is None else int(given)
        return self._seed

    def limits(self, text: str) -> float | Mapping[str, float]:
        """``10``, or ``a:10,b:5`` by value."""
        try:
            if ":" not in text:
                return _finite(text)
            pairs = (one.rpartition(":") for one in text.split(","))
            return {value: _finite(limit) for value, _, limit in pairs}
        except ValueError as error:
            raise invalid(f"{text!r} is neither a number nor a list value:number") from error

    @staticmethod
    def literal(value: str) -> str:
        return quote(value)

    def position(self, query: Query, key: str) -> int:
        """Where the column that a parameter names stands."""
        column = self.text(key, "").lower()
        for place, field in enumerate(query.fields):
            if field.name == column:
                return place
        raise OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - column {column!r} cannot be resolved")

    def input(self, table: str, partitions: str, columns: Sequence[str] = ()) -> Query:
        """The rows of the table that a parameter names."""
        named = self.text(table, "")
        if not named:
            raise invalid(f"{table} is missing")
        return self.relation(named, self.text(partitions, ""), columns)

    def relation(self, table: str, partitions: str, columns: Sequence[str] = ()) -> Query:
        """Rows of a table: all, or those of partitions written ``pt=1/hh=2,pt=3``."""
        wanted = ", ".join(f"`{column.replace('`', '``')}`" for column in columns) or "*"
        path = ".".join(f"`{part.replace('`', '``')}`" for part in table.split("."))
        tree = parse(f"SELECT {wanted} FROM {path}")
        tests = []
        for partition in filter(None, partitions.split(",")):
            spec = parse_spec(partition.replace("/", ","))
            tests.append(
                exp.and_(
                    *(
                        exp.EQ(this=exp.column(key, quoted=True), expression=exp.Literal.string(v))
                        for key, v in spec.items()
                    )
                )
            )
        if tests and isinstance(tree, exp.Select):
            tree = tree.where(exp.or_(*tests))
        return self._execution.keep(self._execution.queries.query(tree))

    def count(self, query: Query) -> int:
        return int(str(self._execution.fetch(f"SELECT count(*) FROM ({query.sql}) AS q")[0][0]))

    def output(self, table: str, partition: str, query: Query) -> None:
        """Put rows into the table that a parameter names, made with the columns of the rows if it is not there."""
        named = self.text(table, "")
        if not named:
            raise invalid(f"{table} is missing")
        *place, plain = named.lower().split(".")
        spec = parse_spec(self.text(partition, "").replace("/", ","))
        lifecycle = self.number("lifecycle")
        catalog = self._execution.context.catalog
        made = catalog.create_table(
            TableSpec(
                place[0] if place else None,
                place[1] if len(place) > 1 else None,
                plain,
                tuple(Column(field.name, str(field.type)) for field in query.fields),
                tuple(Column(key, "string") for key in spec),
                lifecycle=None if lifecycle is None else int(lifecycle),
            ),
            if_not_exists=True,
        )
        write(self._execution, made, query, list(made.columns), spec, True, exp.Table(this=exp.to_identifier(plain)))
        self.written.append(made.qualified)
