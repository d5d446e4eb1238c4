"""What names mean inside one SELECT: the columns of its sources, and of the SELECTs around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlglot import exp

from odps_jupyter.emulator.types import STRING, Type

from .errors import semantic
from .typed import Typed, name


@dataclass(frozen=True)
class Field:
    """One output column of a query; ``name`` is in lower case, as MaxCompute keeps names."""

    name: str
    type: Type


@dataclass(frozen=True)
class Distribution:
    """How the rows of a DISTRIBUTE BY / SORT BY query reach the workers; all names are hidden columns of its text."""

    bucket: str | None
    order: tuple[str, ...]


@dataclass(frozen=True)
class Query:
    """A translated query: DuckDB text and its columns."""

    sql: str
    fields: tuple[Field, ...]
    distribution: Distribution | None = None

    def settled(self) -> Query:
        """The same query where a column of nothing but NULL is text, as it is shown and stored."""
        return replace(self, fields=tuple(Field(f.name, _settled(f.type)) for f in self.fields))

    def positional(self, alias: str) -> str:
        """``alias(c0, c1, ...)``: names for every column of the text, whatever the fields are called."""
        names = [f"c{i}" for i in range(len(self.fields))]
        if self.distribution is not None:
            names += [f"h{i}" for i in range((self.distribution.bucket is not None) + len(self.distribution.order))]
        return f"{alias}({', '.join(names)})"

    def renamed(self, names: Sequence[str]) -> Query:
        """The same rows with other column names, and without hidden columns."""
        shown = ", ".join(f"c{i} AS {name(n)}" for i, n in enumerate(names))
        fields = tuple(Field(n, f.type) for n, f in zip(names, self.fields, strict=True))
        return Query(f"SELECT {shown} FROM ({self.sql}) AS {self.positional('q')}", fields)

    def arranged(self) -> Query:
        """The rows stream after stream, each sorted: how a result of DISTRIBUTE BY and SORT BY is written."""
        if self.distribution is None:
            return self
        keys = [*([self.distribution.bucket] if self.distribution.bucket else []), *self.distribution.order]
        return replace(self, sql=f"SELECT * FROM ({self.sql}) AS q ORDER BY {', '.join(keys)}")


def _settled(kind: Type) -> Type:
    return STRING if kind.name == "void" else replace(kind, items=tuple(_settled(item) for item in kind.items))


@dataclass(frozen=True)
class Source:
    """One relation in FROM: how its columns are written in DuckDB.

    ``hidden`` columns are reached by the relation's name only: JOIN ... USING shows one column for two. The relation
    of those merged columns has no name itself. ``repeated`` names stand for two columns, and mean neither.
    """

    alias: str
    columns: Mapping[str, Typed]
    distribution: Distribution | None = None
    hidden: frozenset[str] = frozenset()
    repeated: frozenset[str] = frozenset()

    @property
    def shown(self) -> dict[str, Typed]:
        """What ``*`` shows of it."""
        return {n: v for n, v in self.columns.items() if n not in self.hidden}

    @classmethod
    def of(cls, alias: str, fields: Sequence[Field], distribution: Distribution | None = None) -> Source:
        """A relation whose DuckDB columns have the fields' names."""
        columns = {f.name: Typed(f"{name(alias)}.{name(f.name)}", f.type) for f in fields}
        names = [f.name for f in fields]
        repeated = frozenset(n for n in names if names.count(n) > 1) if len(columns) < len(names) else frozenset()
        return cls(alias, columns, distribution, repeated=repeated)

    def once(self, column: str, node: exp.Expr) -> Typed:
        """A column by its name.

        Raises:
            OdpsError: two columns have it.
        """
        if column in self.repeated:
            raise semantic(f"{column} is ambiguous, can be both {self.alias}.{column} or {self.alias}.{column}", node)
        return self.columns[column]


@dataclass(frozen=True)
class Scope:
    """Names of one SELECT.

    Attributes:
        sources: relations in FROM, in order.
        parent: the enclosing SELECT's scope, for correlated subqueries.
        aliases: names given in the select list, seen where no source has the name (GROUP BY, HAVING, ORDER BY).
        locals: parameters of lambda expressions.
        prefer_aliases: ORDER BY looks at the select list first.
        windows: what the WINDOW clause names.
        keys: DuckDB texts of the GROUP BY keys, for GROUPING; empty where nothing is grouped.
    """

    sources: tuple[Source, ...] = ()
    parent: Scope | None = None
    aliases: Mapping[str, Typed] = field(default_factory=dict)
    locals: Mapping[str, Typed] = field(default_factory=dict)
    prefer_aliases: bool = False
    windows: Mapping[str, exp.Expr] = field(default_factory=dict)
    keys: tuple[str, ...] = ()

    def with_aliases(self, aliases: Mapping[str, Typed], prefer: bool) -> Scope:
        """The same scope that also knows the select list's names."""
        return replace(self, aliases=aliases, prefer_aliases=prefer)

    def only_sources(self) -> Scope:
        """The same scope without the select list's names."""
        return replace(self, aliases={}, prefer_aliases=False)

    def owner(self, parts: Sequence[str]) -> str | None:
        """``relation.column``, where the name means a column of a relation of this SELECT; else ``None``."""
        lowered = [p.lower() for p in parts]
        for at in range(1, min(len(lowered), 4)):
            for source in self.sources:
                if source.alias == lowered[at - 1] and lowered[at] in source.columns:
                    return f"{source.alias}.{lowered[at]}"
        for source in self.sources:
            if lowered[0] in source.shown:
                return f"{source.alias}.{lowered[0]}" if source.alias else lowered[0]
        return None

    def resolve(self, parts: Sequence[str], node: exp.Expr) -> Typed:
        """The column that a dotted name means, struct fields included.

        Raises:
            OdpsError: no source has it, or two have.
        """
        found = self._resolve([p.lower() for p in parts], node)
        if found is None:
            raise semantic(f"column {'.'.join(parts)} cannot be resolved", node)
        return found

    def _resolve(self, parts: Sequence[str], node: exp.Expr) -> Typed | None:
        first = parts[0]
        if first in self.locals:
            return _fields(self.locals[first], parts[1:], node)
        if self.prefer_aliases and len(parts) == 1 and first in self.aliases:
            return self.aliases[first]
        # project.schema.table.column names a source by its last word before the column.
        for at in range(1, min(len(parts), 4)):
            for source in self.sources:
                if source.alias == parts[at - 1] and parts[at] in source.columns:
                    return _fields(source.once(parts[at], node), parts[at + 1 :], node)
        owners = [s for s in self.sources if first in s.shown]
        if len(owners) > 1:
            both = " or ".join(f"{s.alias or 'null'}.{first}" for s in owners[:2])
            raise semantic(f"{first} is ambiguous, can be both {both}", node)
        if owners:
            return _fields(owners[0].once(first, node), parts[1:], node)
        if first in self.aliases:
            return _fields(self.aliases[first], parts[1:], node)
        return self.parent._resolve(parts, node) if self.parent else None


def _fields(value: Typed, names: Sequence[str], node: exp.Expr) -> Typed:
    for wanted in names:
        if wanted not in value.type.fields:
            raise semantic(f"{value.type} has no field {wanted}", node)
        kind = value.type.items[value.type.fields.index(wanted)]
        value = Typed(f"struct_extract({value.sql}, '{wanted}')", kind)
    return value
