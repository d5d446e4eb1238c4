"""What shipped functions depend on: captured values that may change, chance and clock."""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import inspect
import pickle
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import CodeType, ModuleType
from typing import Any

import cloudpickle

#: Modules of chance and of the clock, and what of the clock's is read.
CHANCE = frozenset({"random", "uuid", "secrets", "numpy.random"})
CLOCK = frozenset({"time", "time_ns", "localtime", "gmtime", "strftime", "ctime", "perf_counter", "monotonic"})
NOW = frozenset({"now", "utcnow", "today"})
#: Other numbers in each process: texts are hashed with a key of it.
OF_PROCESS = frozenset({"hash", "id"})


@dataclass(frozen=True, eq=False)
class Slot:
    """Where a captured value is found: under a name of the globals, a closure's, a default, a class's attribute, or the
    callable object itself.

    Attributes:
        name: for readers. ``value``: what it held when it was looked at.
        key: of the dict ``holder``, the index of a default of that function, or the name of an attribute.
    """

    name: str
    value: Any
    holder: Any
    key: str | int

    def read(self) -> Any:
        """What it holds now; None where it is gone."""
        if isinstance(self.holder, dict):
            return self.holder.get(self.key)
        if isinstance(self.key, int):
            return (self.holder.__defaults__ or ())[self.key]
        if self.key == "__dict__":
            return self.holder
        try:
            return getattr(self.holder, self.key, None)
        except ValueError:  # a closure's variable that was deleted
            return None

    @contextmanager
    def holding(self, value: Any) -> Iterator[None]:
        """Inside it holds ``value``, and then what it held before; an object whose attributes are elsewhere stays.

        What other code sets inside, such as a thread of the user's, is what it holds afterwards.
        """
        before = self.read()
        if self.key == "__dict__":
            with _attributes(before, value):
                yield
            return
        self._put(value)
        try:
            yield
        finally:
            if self.read() is value:
                self._put(before)

    def _put(self, value: Any) -> None:
        if isinstance(self.holder, dict):
            self.holder[self.key] = value
        elif isinstance(self.key, int):
            defaults = list(self.holder.__defaults__ or ())
            defaults[self.key] = value
            self.holder.__defaults__ = tuple(defaults)
        else:
            setattr(self.holder, self.key, value)


@contextmanager
def _attributes(one: Any, other: Any) -> Iterator[None]:
    """Inside ``one`` has the attributes of ``other``, and then its own again, but for those that were set inside."""
    before, put = getattr(one, "__dict__", None), getattr(other, "__dict__", None)
    if before is None or put is None:
        yield
        return
    # As object does it: a frozen class refuses to have its attributes set.
    object.__setattr__(one, "__dict__", dict(put))
    try:
        yield
    finally:
        before.update({name: now for name, now in vars(one).items() if name not in put or now is not put[name]})
        object.__setattr__(one, "__dict__", before)


def digests(functions: Iterable[Any]) -> dict[str, str]:
    """The captured values by name, each as a digest of its pickle; what has no pickle is left out."""
    found: dict[str, str] = {}
    for slot in captured(functions):
        data = pickled(slot.value)
        if data is not None:
            found[slot.name] = hashlib.sha256(data).hexdigest()
    return found


def altered_by_pickling(functions: Iterable[Any]) -> tuple[str, ...]:
    """The captured values that are others once they are pickled and read again."""
    altered = []
    for slot in captured(functions):
        data = pickled(slot.value)
        if data is None:
            continue
        try:
            again = pickle.loads(data)
        except Exception:  # noqa: BLE001 - a user's class may raise anything, and then the executor says so itself
            continue
        if type(again) is type(slot.value) and _differs(again, slot.value):
            altered.append(slot.name)
    return tuple(dict.fromkeys(altered))


def chance(functions: Iterable[Any]) -> tuple[str, ...]:
    """What of chance and of the clock the functions use, such as ``random``."""
    found: dict[str, None] = {}
    for code, names in _codes(functions):
        words = set(code.co_names)
        steps = list(dis.get_instructions(code))
        imported = {one.argval for one in steps if one.opname == "IMPORT_NAME"}
        loaded = {one.argval for one in steps if one.opname in {"LOAD_GLOBAL", "LOAD_NAME"}}
        found |= dict.fromkeys(sorted((loaded & OF_PROCESS) - names.keys()))
        values = [value for name, value in names.items() if name in words or name in code.co_freevars]
        modules = imported | {value.__name__ for value in values if isinstance(value, ModuleType)}
        homes = {_home(value) for value in values if not isinstance(value, ModuleType)}
        found |= dict.fromkeys(sorted((modules | homes) & CHANCE))
        if "numpy" in modules and "random" in words:
            found["numpy.random"] = None
        clock = words & CLOCK if "sleep" not in words else words & CLOCK - {"time"}
        if "time" in homes or ("time" in modules and clock):
            found["time"] = None
        if ("datetime" in modules or "datetime" in homes) and words & NOW:
            found["datetime.now"] = None
    return tuple(found)


def _home(value: Any) -> str:
    """The module that a function or class comes from; the functions of ``random`` are methods of an object."""
    owner = getattr(value, "__self__", None)
    home = getattr(value, "__module__", None) or type(owner).__module__
    return str(home)


def _differs(again: Any, value: Any) -> bool:
    """By its attributes where it has them: an object is equal to nothing but itself unless its class says more."""
    state, before = getattr(again, "__dict__", None), getattr(value, "__dict__", None)
    if state is None or before is None:
        return False
    left, right = pickled(sorted(state.items())), pickled(sorted(before.items()))
    return left is not None and right is not None and left != right


def pickled(value: Any) -> bytes | None:
    """None where it has no pickle."""
    try:
        return bytes(cloudpickle.dumps(value))
    except Exception:  # noqa: BLE001 - a user's class may raise anything here: it cannot be watched then
        return None


def captured(functions: Iterable[Any]) -> Iterator[Slot]:
    """The values that ``functions`` and those that they call capture; no modules."""
    return (slot for slot in _slots(functions) if not isinstance(slot.value, ModuleType))


def _slots(functions: Iterable[Any]) -> Iterator[Slot]:
    for function in _walk(functions):
        if inspect.isfunction(function):
            cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
            names = {*_all_names(function.__code__), *cells}
            for name, value in _names_of(function).items():
                if name in names and not _is_code(value):
                    at = (cells[name], "cell_contents") if name in cells else (function.__globals__, name)
                    yield Slot(name, value, *at)
            for index, value in enumerate(function.__defaults__ or ()):
                yield Slot(f"default {index + 1} of {function.__name__}", value, function, index)
        elif inspect.isclass(function):
            for name, value in list(vars(function).items()):
                if not name.startswith("__") and not _is_code(value) and not hasattr(value, "__get__"):
                    yield Slot(f"{function.__name__}.{name}", value, function, name)
        else:
            yield Slot(type(function).__name__, function, function, "__dict__")


def _codes(functions: Iterable[Any]) -> Iterator[tuple[CodeType, dict[str, Any]]]:
    for function in _walk(functions):
        if inspect.isfunction(function):
            names = _names_of(function)
            for code in _nested(function.__code__):
                yield code, names


def _walk(functions: Iterable[Any]) -> Iterator[Any]:
    """The functions, and those of the user's that they call: functions, classes and callable objects, each once."""
    pending, seen = list(functions), set()
    while pending:
        one = pending.pop()
        if id(one) in seen or not _is_mine(one):
            continue
        seen.add(id(one))
        yield one
        if inspect.ismethod(one):
            pending += [one.__func__, one.__self__]
        elif isinstance(one, functools.partial):
            pending += [one.func, *one.args, *one.keywords.values()]
        elif inspect.isfunction(one):
            names = set(_all_names(one.__code__)) | set(one.__code__.co_freevars)
            pending += [value for name, value in _names_of(one).items() if name in names and _is_code(value)]
        elif inspect.isclass(one):
            pending += [value for value in vars(one).values() if inspect.isfunction(value)]
        else:
            pending.append(type(one))


def _is_code(value: Any) -> bool:
    return inspect.isroutine(value) or inspect.isclass(value)


def _is_mine(value: Any) -> bool:
    """PyODPS's wrappers are walked through to what they hold; libraries are not."""
    home = str(getattr(value, "__module__", None) or type(value).__module__)
    return home not in {"builtins", "numpy", "pandas"} and (
        home.startswith("odps.df") or inspect.isfunction(value) or callable(value)
    )


def _names_of(function: Any) -> dict[str, Any]:
    closure = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            closure[name] = cell.cell_contents
        except ValueError:
            continue  # not bound yet
    names = _all_names(function.__code__)
    known = function.__globals__
    return {name: known[name] for name in names if name in known and not hasattr(builtins, name)} | closure


def _all_names(code: CodeType) -> list[str]:
    return [name for one in _nested(code) for name in one.co_names]


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)
