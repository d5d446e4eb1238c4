"""What the kernel knows of names that the source leaves open: types of what is in its namespace, and no more."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from .course import Course
from .evaluator import Evaluator
from .record import Evaluation
from .values import UNBOUND, Binding, Const, Entry, Frame, FrameMethod, Member, Module, Opaque, Shape, Table, Value
from .world import World

#: Name to the line of its store in a cell and the value that the kernel has there.
Stores: TypeAlias = Mapping[str, tuple[int, Value]]

_SHAPES = {
    "collection": Shape.COLLECTION,
    "sequence": Shape.SEQUENCE,
    "scalar": Shape.SCALAR,
    "group": Shape.GROUP,
    "grouped sequence": Shape.GROUP_SEQUENCE,
    "expression": Shape.ANY,
    "delay": Shape.DELAY,
}
#: Packages whose own names are those of their top level, wherever a class is defined in them.
_FLAT = frozenset({"pandas", "numpy", "polars", "pyarrow", "dask", "pyspark", "xarray"})


@dataclass(frozen=True, slots=True)
class Fact:
    """What the kernel says of one name.

    Attributes:
        kind: ``collection``, ``sequence``, ``scalar``, ``group``, ``grouped sequence``, ``expression``, ``delay``,
            ``entry``, ``table``, ``module``, ``function``, ``class``, ``method`` or ``object``.
        module: the module of the function or class, or of the object's type; the dotted name of a module.
        name: the qualified name in that module; of a method its own name.
        local: of an expression, that its only data are pandas frames.
        size: bytes that its value takes, where that is known.
        owner: of a method, what it is bound to.
    """

    kind: str
    module: str = ""
    name: str = ""
    local: bool = False
    size: int | None = None
    owner: Fact | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """What is to be taken from the kernel: at the stores of an entry of the course, and where nothing sets a name."""

    stores: Mapping[int, Stores] = field(default_factory=dict)
    unset: Mapping[str, Value] = field(default_factory=dict)


NOTHING = Live()


def read_facts(data: Any) -> dict[str, Fact]:
    """The facts in what the kernel sent; what is of another form than known here says nothing."""
    if not isinstance(data, Mapping):
        return {}
    return {name: fact for name, given in data.items() if isinstance(name, str) and (fact := _read(given)) is not None}


def _read(data: Any) -> Fact | None:
    match data:
        case {"kind": str(kind)}:
            pass
        case _:
            return None
    module, name, size = data.get("module", ""), data.get("name", ""), data.get("size")
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        size = None
    owner = data.get("owner")
    held = _read({**owner, "owner": None}) if isinstance(owner, Mapping) else None
    return Fact(kind, module, name, data.get("local") is True, size, held)


def value_of(fact: Fact, name: str) -> Value:
    """``fact`` about ``name`` in the words of the analysis; None where it decides nothing."""
    if fact.kind in _SHAPES:
        return Frame(_SHAPES[fact.kind], fact.local)
    if fact.kind == "entry":
        return Entry()
    if fact.kind == "table":
        return Table()
    if fact.kind == "module":
        return Module(fact.name, fact.name) if fact.name else None
    if fact.kind == "method":
        owner = None if fact.owner is None else value_of(fact.owner, name)
        if isinstance(owner, Frame):
            return FrameMethod(owner, fact.name, name)
        return Opaque(owner.origin) if isinstance(owner, Opaque) else None
    if fact.module in ("", "__main__"):
        return None  # its code is the notebook's, or that of a file it ran: what it does is not known from its name
    if fact.kind in ("function", "class"):
        return Member(fact.module, fact.name)
    if fact.module == "builtins":
        return Opaque(f"a {fact.name}")
    top = fact.module.partition(".")[0]
    return Opaque(f"{top if top in _FLAT else fact.module}.{fact.name}")


def place(
    facts: Mapping[str, Fact],
    course: Course,
    evaluations: Sequence[Evaluation],
    writers: Mapping[str, Sequence[int]],
) -> Live:
    """Where ``facts`` say more than the source, whose analysis found ``evaluations``, one for each entry of ``course``.

    The namespace holds what the last run that set a name put there, so a fact is taken at that store and nowhere else;
    and only where the text that ran is still the text of the cell.
    """
    asked = {name for evaluation in evaluations for name, value in evaluation.reads.items() if value is UNBOUND}
    quiet = course.quiet
    stores: dict[int, dict[str, tuple[int, Value]]] = {}
    unset: dict[str, Value] = {}
    for name, fact in facts.items():
        value = value_of(fact, name)
        if value is None:
            continue
        entries = writers.get(name, ())
        position = bisect_left(entries, course.ran)
        if position == 0:
            if name in asked:
                unset[name] = value
            continue
        entry = entries[position - 1]
        evaluation = evaluations[entry]
        found = evaluation.writes.get(name, UNBOUND)
        if entry not in quiet and resolved(value, found) != found:
            stores.setdefault(entry, {})[name] = (evaluation.lines.get(name, 0), value)
    return Live(stores, unset) if stores or unset else NOTHING


def sizes(facts: Mapping[str, Fact], course: Course, writers: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Bytes by name, for the names whose value no cell sets after those that ran."""
    return {
        name: fact.size
        for name, fact in facts.items()
        if fact.size is not None and not any(entry >= course.ran for entry in writers.get(name, ())[-1:])
    }


def resolved(value: Value, found: Binding) -> Binding:
    """The kernel's ``value`` where it says more than ``found``, and nothing else than what the source says surely."""
    if found is None or found == Const(...):  # the second stands for the result of a magic
        return value
    if isinstance(found, Frame) and found.shape is Shape.ANY:
        # An expression, of which the kernel knows which: what it is made of the source knows better.
        if isinstance(value, Frame):
            return replace(found, shape=value.shape)
        return (
            replace(value, frame=replace(found, shape=value.frame.shape)) if isinstance(value, FrameMethod) else found
        )
    # What a library's function returned, builtins among them, and not a literal or a local result of PyODPS.
    unseen = isinstance(found, Opaque) and "." in found.origin
    return value if unseen and not isinstance(value, Opaque) else found


class LiveEvaluator(Evaluator):
    """Evaluates one cell, with the kernel's word for what its last stores of some names hold."""

    def __init__(self, cell: int, source: str, base: Callable[[str], Binding], world: World, stores: Stores) -> None:
        super().__init__(cell, source, base, world)
        self._stores = stores

    def store(self, name: str, value: Binding, line: int) -> None:
        held = self._stores.get(name) if self.activation is None else None
        super().store(name, value if held is None or held[0] != line else resolved(held[1], value), line)
