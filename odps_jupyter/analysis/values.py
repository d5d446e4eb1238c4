"""What the analyzer knows of a value: enough to follow callables and PyODPS expressions, and no more.

A value is immutable and compares by content, so that a cell analysed again can be seen to set what it set before.
``None`` stands for "bound, but nothing is known of it"; :data:`UNBOUND` for "no such name".
"""

from __future__ import annotations

from collections.abc import Hashable
from enum import Enum
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from .frozen import frozen

#: What the executor does with a callable.
Role: TypeAlias = Literal["scalar", "row", "aggregate", "mapper", "combiner", "reducer"]
#: (number of the cell in its analysis, number of the definition in the cell): positions may move, these stay.
DefKey: TypeAlias = tuple[int, int]
#: (cell, definition that holds the call or -1, line within that definition or statement, column, statement).
SiteKey: TypeAlias = tuple[int, int, int, int, int]


class Unbound(Enum):
    UNBOUND = "unbound"


UNBOUND: Final = Unbound.UNBOUND


@frozen
class Const:
    """A literal: decides branches, keys and keyword arguments."""

    value: object


@frozen
class Opaque:
    """A local object; ``origin`` says where it comes from ("threading.Lock", "pandas.read_csv", "a list").

    ``exact``: it is what that returned, and not something got from it (a line of a file, a row of a database).
    """

    origin: str
    exact: bool = True


@frozen
class Literals(Opaque):
    """A list, tuple, set or (with ``keys``) dict of nothing but literals; inner lists are tuples."""

    values: tuple[object, ...] = ()
    keys: tuple[object, ...] | None = None
    ordered: bool = True


@frozen
class Either:
    """One of several literals: what a loop over :class:`Literals` binds."""

    values: tuple[object, ...]


@frozen
class Module:
    """An imported module; ``needed`` is what an import statement has to name (``a.b`` for ``import a.b``)."""

    path: str
    needed: str


@frozen
class Member:
    """Something of a module: ``from module import name`` or ``module.name``; perhaps a submodule.

    ``needed`` is the module that an import statement has to name, where that is not ``module``: the ``datetime`` of
    ``datetime.datetime.now``.
    """

    module: str
    name: str
    needed: str = ""

    @property
    def path(self) -> str:
        return f"{self.module}.{self.name}"


@frozen
class Entry:
    """PyODPS's entry object, usually ``o``."""


@frozen
class Table:
    """A table or partition of a project: not an expression yet."""


class Shape(Enum):
    COLLECTION = "collection"
    SEQUENCE = "sequence"
    SCALAR = "scalar"
    GROUP = "grouped collection"
    GROUP_SEQUENCE = "grouped sequence"
    ANY = "expression"
    DELAY = "delay"
    MAXFRAME = "MaxFrame object"


@frozen
class Frame:
    """A PyODPS expression; ``sites`` are the calls in it that hand over callables, not executed yet.

    ``local`` marks an expression whose only data is a pandas frame: PyODPS's pandas engine runs it in the kernel.
    """

    shape: Shape
    local: bool = False
    sites: frozenset[Site] = frozenset()


@frozen
class FrameMethod:
    """``df.x.map`` not called yet."""

    frame: Frame
    name: str
    text: str


@frozen
class Function:
    """A function or lambda of the notebook.

    ``closure`` holds the names it reads from enclosing functions, ``bound`` what its defaults hold, ``stands_for`` the
    definition whose decorator returned it.
    """

    key: DefKey
    closure: tuple[tuple[str, Value], ...] = ()
    bound: tuple[tuple[str, Value], ...] = ()
    stands_for: DefKey | None = None


@frozen
class Class:
    """A class of the notebook; ``attributes`` are the functions and known values of its body."""

    key: DefKey
    bases: tuple[Value, ...] = ()
    attributes: tuple[tuple[str, Value], ...] = ()


@frozen
class Instance:
    """An object of a class of the notebook, with what is known of its attributes."""

    of: Class
    state: tuple[tuple[str, Value], ...] = ()


@frozen
class Method:
    """A method bound to an instance, or to the class for a ``classmethod``."""

    owner: Instance | Class
    function: Function
    name: str


@frozen
class StaticMethod:
    """``staticmethod(f)`` or ``classmethod(f)`` as it lies in the class's attributes."""

    function: Function
    takes_class: bool


@frozen
class Property:
    """A property as it lies in the class's attributes."""

    function: Function


@frozen
class Partial:
    """``functools.partial``: positional and keyword arguments with the name each was given by, where it has one."""

    target: Value
    arguments: tuple[tuple[str, Value], ...] = ()
    keywords: tuple[tuple[str, Value], ...] = ()
    names: tuple[str, ...] = ()


@frozen
class Operator:
    """What ``operator.attrgetter``, ``itemgetter`` or ``methodcaller`` returned, with what it was made of."""

    kind: str
    arguments: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...] = ()

    @property
    def path(self) -> str:
        return f"operator.{self.kind}"


@frozen
class Wrapped:
    """A function under a decorator that is not the notebook's (``numba.njit``).

    ``registered`` are functions that it may call instead (``functools.singledispatch``).
    """

    function: Value
    by: str
    registered: tuple[Value, ...] = ()


@frozen
class Items:
    """A list, tuple, set or iterator whose items matter; ``names`` are those of a named tuple."""

    items: tuple[Value, ...]
    exact: bool = True
    names: tuple[str, ...] = ()


@frozen
class RecordType:
    """A named tuple's class that ``collections.namedtuple`` made."""

    names: tuple[str, ...]


@frozen
class Mapping:
    """A dict whose values matter; a key of ``None`` is any key."""

    items: tuple[tuple[object, Value], ...]


@frozen
class OneOf:
    """Any of several values, after branches that cannot be told apart."""

    options: tuple[Value, ...]


Value: TypeAlias = (
    Const
    | Opaque
    | Either
    | Module
    | Member
    | Entry
    | Table
    | Frame
    | FrameMethod
    | Function
    | Class
    | Instance
    | Method
    | StaticMethod
    | Property
    | Partial
    | Operator
    | Wrapped
    | Items
    | RecordType
    | Mapping
    | OneOf
    | None
)
Binding: TypeAlias = Value | Unbound


@frozen
class Site:
    """A call that hands ``target`` over to the executor."""

    key: SiteKey
    role: Role
    target: Value

    def __hash__(self) -> int:
        return hash(self.key)


DATA: Final = Opaque("data")
#: The attribute under which a class keeps its metaclass; no program can bind it.
METACLASS: Final = "<metaclass>"
#: ... and under which a class says that a decorator may have given it more than is written.
DECORATED: Final = "<decorated>"
#: Methods that give the object itself, or another of its kind: a cursor is as little data as its connection, and what
#: a model is fitted to needs the model's package.
_KEEPING = frozenset({"__enter__", "copy", "cursor", "makefile", "fit", "partial_fit", "set_params"})
#: ... and those of a pandas frame or series, which need pandas as it does.
_KEEPING_PANDAS = frozenset(
    {
        "add_prefix", "add_suffix", "assign", "astype", "bfill", "drop", "drop_duplicates", "dropna", "ffill", "fillna",
        "head", "join", "merge", "nlargest", "nsmallest", "query", "reindex", "rename", "replace", "reset_index",
        "sample", "set_index", "sort_index", "sort_values", "tail", "transpose",
    }
)  # fmt: skip


def is_data(value: Value) -> bool:
    """Whether ``value`` is a local object without an origin that says more."""
    return isinstance(value, Opaque) and value.origin == DATA.origin


def got_from(value: Opaque, method: str | None = None) -> Opaque:
    """An attribute, an item or what ``method`` returns: of the same origin, but another thing."""
    if method == "to_pandas":
        return Opaque("a pandas frame")
    if not value.exact or is_data(value) or method in _KEEPING:
        return value
    if method in _KEEPING_PANDAS and (value.origin == "a pandas frame" or value.origin.startswith("pandas.")):
        return value
    return _part_of(value.origin)


# A notebook makes these by the thousand, of a few origins: as they compare by content, each is made once.
@lru_cache(maxsize=1024)
def _part_of(origin: str) -> Opaque:
    return Opaque(origin, exact=False)


@lru_cache(maxsize=1024)
def opaque(origin: str) -> Opaque:
    """A local object of that origin."""
    return Opaque(origin)


@lru_cache(maxsize=1024)
def member_of(module: str, name: str, needed: str = "") -> Member:
    """Something of a module."""
    return Member(module, name, needed)


@lru_cache(maxsize=1024, typed=True)
def const(value: Hashable) -> Const:
    """A literal."""
    return Const(value)
