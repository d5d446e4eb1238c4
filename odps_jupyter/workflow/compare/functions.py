"""What shipped functions depend on: captured values that may change, chance and clock."""

from __future__ import annotations

import builtins
import dis
import functools
import hashlib
import inspect
import pickle
from collections.abc import Iterable, Iterator
from types import CodeType, ModuleType
from typing import Any

import cloudpickle

#: Modules of chance and of the clock, and what of the clock's is read.
CHANCE = frozenset({"random", "uuid", "secrets", "numpy.random"})
CLOCK = frozenset({"time", "time_ns", "localtime", "gmtime", "strftime", "ctime", "perf_counter", "monotonic"})
NOW = frozenset({"now", "utcnow", "today"})
#: Other numbers in each process: texts are hashed with a key of it.
OF_PROCESS = frozenset({"hash", "id"})


def digests(functions: Iterable[Any]) -> dict[str, str]:
    """The captured values by name, each as a digest of its pickle; what has no pickle is left out."""
    found: dict[str, str] = {}
    for name, value in _captured(functions):
        if not isinstance(value, ModuleType):
            data = _pickle(value)
            if data is not None:
                found[name] = hashlib.sha256(data).hexdigest()
    return found


def altered_by_pickling(functions: Iterable[Any]) -> tuple[str, ...]:
    """The captured values that are others once they are pickled and read again."""
    altered = []
    for name, value in _captured(functions):
        if isinstance(value, ModuleType):
            continue
        data = _pickle(value)
        if data is None:
            continue
        try:
            again = pickle.loads(data)
        except Exception:  # noqa: BLE001 - a user's class may raise anything, and then the executor says so itself
            continue
        if type(again) is type(value) and _differs(again, value):
            altered.append(name)
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
    left, right = _pickle(sorted(state.items())), _pickle(sorted(before.items()))
    return left is not None and right is not None and left != right


def _pickle(value: Any) -> bytes | None:
    try:
        return bytes(cloudpickle.dumps(value))
    except Exception:  # noqa: BLE001 - a user's class may raise anything here: it cannot be watched then
        return None


def _captured(functions: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    for function in _walk(functions):
        if inspect.isfunction(function):
            names = set(_all_names(function.__code__)) | set(function.__code__.co_freevars)
            for name, value in _names_of(function).items():
                if name in names and not _is_code(value):
                    yield name, value
            for at, value in enumerate(function.__defaults__ or ()):
                yield f"default {at + 1} of {function.__name__}", value
        elif inspect.isclass(function):
            for name, value in list(vars(function).items()):
                if not name.startswith("__") and not _is_code(value) and not hasattr(value, "__get__"):
                    yield f"{function.__name__}.{name}", value
        else:
            yield type(function).__name__, function


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
