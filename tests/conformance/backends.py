"""Where programs run: PyODPS's own pandas backend, the embedded service, a real project."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from odps import ODPS
from odps.df import DataFrame
from odps.df.expr.expressions import Expr

from .model import Program
from .sources import SOURCES
from .values import plain


class Backend(Protocol):
    """``o`` is the project for what a program writes, uploads or registers, also when its rows come from pandas."""

    name: str
    o: ODPS

    def source(self, name: str) -> DataFrame: ...


@dataclass
class PandasBackend:
    o: ODPS
    name: str = "pandas"

    def source(self, name: str) -> DataFrame:
        return SOURCES[name].pandas()


@dataclass
class ServiceBackend:
    """The unmodified client on the embedded service (``emulator``) or on a real project (``project``)."""

    o: ODPS
    name: str
    tables: dict[str, Any] = field(default_factory=dict)

    def source(self, name: str) -> DataFrame:
        if name not in self.tables:
            self.tables[name] = self._load(name)
        return self.tables[name].to_df()

    def _load(self, name: str) -> Any:
        table = self.o.create_table(f"conformance_{uuid.uuid4().hex[:12]}_{name}", SOURCES[name].schema, lifecycle=1)
        # PyODPS's writer asks the first row of a list what it is.
        if SOURCES[name].rows:
            with table.open_writer() as writer:
                writer.write([list(row) for row in SOURCES[name].rows])
        return table

    def drop(self) -> None:
        for table in self.tables.values():
            table.drop(if_exists=True)


@dataclass
class Temporary:
    """Names for what a program makes, each dropped when the program is over."""

    o: ODPS
    drops: list[Callable[[], Any]] = field(default_factory=list)

    def table(self) -> str:
        name = _fresh()
        self.drops.append(lambda: self.o.delete_table(name, if_exists=True))
        return name

    def view(self) -> str:
        name = _fresh()
        self.drops.append(lambda: self.o.execute_sql(f"DROP VIEW IF EXISTS {name}"))
        return name

    def resource(self, suffix: str = "") -> str:
        """``suffix`` such as ``".py"``."""
        name = _fresh() + suffix
        self.drops.append(lambda: self.o.exist_resource(name) and self.o.delete_resource(name))
        return name

    def function(self) -> str:
        name = _fresh()
        self.drops.append(lambda: self.o.exist_function(name) and self.o.delete_function(name))
        return name

    def drop(self) -> None:
        while self.drops:
            self.drops.pop()()


def _fresh() -> str:
    return f"conformance_{uuid.uuid4().hex[:16]}"


@contextmanager
def arguments(program: Program, backend: Backend) -> Iterator[dict[str, Any]]:
    """What the program's parameters name, made anew: PyODPS changes a DataFrame in place on ``df['x'] = ...``."""
    temporary = Temporary(backend.o)
    special = {"o": backend.o, "temporary": temporary}
    try:
        yield {need: special[need] if need in special else backend.source(need) for need in program.needs}
    finally:
        temporary.drop()


def run(program: Program, backend: Backend) -> Any:
    """The program's answer on this backend, as plain values."""
    with arguments(program, backend) as given:
        answer = program.body(**given)
        loose = isinstance(backend, PandasBackend)
        if isinstance(answer, tuple | list):
            return type(answer)(_value(item, loose=loose) for item in answer)
        return _value(answer, loose=loose)


def _value(item: Any, *, loose: bool) -> Any:
    return plain(item.execute() if isinstance(item, Expr) else item, loose=loose)
