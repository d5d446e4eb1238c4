"""What translating one script shares: the catalog, the settings, the names it makes, the Python functions it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Literal
from uuid import uuid4

from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import Type
from odps_jupyter.executor.signature import Signature

from .decimals import Decimals
from .errors import unsupported
from .protocols import Catalog
from .scope import Field, Query


@dataclass(frozen=True)
class PythonCall:
    """A DuckDB function of this script that runs a registered scalar or aggregate Python function."""

    function: str
    kind: Literal["scalar", "aggregate"]
    duckdb_name: str
    arguments: tuple[Type, ...]
    returns: Type


@dataclass(frozen=True)
class Stage:
    """A table function over a query, run before the statement that reads its rows.

    Attributes:
        function: the registered function.
        sql: DuckDB text of its input: one column per argument, then the bucket, if ``bucket``.
        arguments, returns: types of its arguments and of its output columns.
        bucket: whether the last column says which stream a row belongs to.
        relation: the name under which DuckDB reads the output; its columns are ``c0``, ``c1``, ...
        lateral: whether ``sql`` has further columns, which stand before the output beside every row of it.
        outer: whether rows for which the function answers nothing are kept, under ``lateral``.
    """

    function: str
    sql: str
    arguments: tuple[Type, ...]
    returns: tuple[Type, ...]
    bucket: bool
    relation: str
    lateral: bool = False
    outer: bool = False


@dataclass
class Context:
    """Shared state of one script's translation; ``expand`` replaces calls of SQL functions by what they stand for."""

    catalog: Catalog
    settings: Mapping[str, str]
    stored_zone: str = "UTC"
    splits: int = 2
    variables: dict[str, Query] = field(default_factory=dict)
    scalars: dict[str, exp.Expr] = field(default_factory=dict)
    declared: dict[str, Type] = field(default_factory=dict)
    tables: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    stages: list[Stage] = field(default_factory=list)
    calls: dict[tuple[str, tuple[Type, ...]], PythonCall] = field(default_factory=dict)
    prefix: str = field(default_factory=lambda: f"job_{uuid4().hex[:12]}")
    expand: Callable[[exp.Expr], exp.Expr] = lambda tree: tree
    _numbers: count[int] = field(default_factory=count)

    @property
    def zone(self) -> str:
        """The job's time zone."""
        return self.settings.get("odps.sql.timezone") or self.stored_zone

    @property
    def keeps_time(self) -> bool:
        """Whether wall-clock time of the job is what is stored."""
        return _same_zone(self.zone) == _same_zone(self.stored_zone)

    @property
    def is_hive(self) -> bool:
        """Whether the job asked for Hive's meaning where the two differ."""
        return self.settings.get("odps.sql.hive.compatible", "").lower() == "true"

    @property
    def decimals(self) -> Decimals:
        """What the job says of DECIMAL."""
        return Decimals.of(self.settings)

    @property
    def is_strict(self) -> bool:
        """Whether what may be lost is not converted without being asked: in edition 2.0, unless Hive's rules hold."""
        return self.is_second_edition and not self.is_hive

    @property
    def is_second_edition(self) -> bool:
        """Whether the job itself asked for the types of edition 2.0, in which a whole number is an INT."""
        return self.settings.get("odps.sql.type.system.odps2", "").lower() == "true"

    @property
    def is_first_edition(self) -> bool:
        """Whether the job itself refused edition 2.0; where it says nothing, the project decides."""
        return self.settings.get("odps.sql.type.system.odps2", "").lower() == "false"

    def check(self) -> None:
        """Refuse settings under which functions mean something else than they do here.

        Source: the manual's pages of SUBSTR, REGEXP_EXTRACT, MAP and GET_JSON_OBJECT.

        Raises:
            OdpsError: ``ODPS-0130071``, with the setting's name.
        """
        for name, ours in (
            ("odps.sql.bigquery.compatible", "false"),
            ("odps.sql.force.getjsonobj.array.format", "false"),
            ("odps.sql.map.key.dedup.policy", "last_win"),
            ("odps.sql.udf.getjsonobj.new", "true"),
        ):
            value = self.settings.get(name, "").lower()
            if value not in ("", ours):
                raise unsupported(f"{name}={value}")

    def fresh(self, word: str) -> str:
        """A name nothing else in the database has."""
        return f"{self.prefix}_{word}{next(self._numbers)}"

    def python_call(self, function: str, signature: Signature, arguments: Sequence[Type]) -> PythonCall:
        """The DuckDB function for a call with arguments of these types."""
        key = (function, tuple(arguments))
        if key not in self.calls:
            kind: Literal["scalar", "aggregate"] = "aggregate" if signature.kind == "aggregate" else "scalar"
            returns = types.parse(signature.returns[0])
            self.calls[key] = PythonCall(function, kind, self.fresh("py"), tuple(arguments), returns)
        return self.calls[key]


def _same_zone(zone: str) -> str:
    return "UTC" if zone.upper() in ("UTC", "GMT", "ETC/GMT", "ETC/UTC", "Z") else zone
