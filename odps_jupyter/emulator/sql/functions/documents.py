"""JSON functions. Source: MaxCompute's documentation, "GET_JSON_OBJECT" and "JSON functions".

Numbers keep the digits they are written with.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from json.scanner import make_scanner
from typing import Any

from odps_jupyter.emulator import types

from .bodies import Body, each, invalid
from .model import Function as F

_STEP = re.compile(r"\.([^.\[\]]+)|\[\s*(\d+|\*)\s*\]|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*\"((?:[^\"\\]|\\.)*)\"\s*\]")
_MISSING = object()


class _Number(str):
    """A number's text."""

    __slots__ = ()


def _refused(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


_DECODER = json.JSONDecoder(parse_int=_Number, parse_float=_Number, parse_constant=_refused)
_scan = make_scanner(_DECODER)  # type: ignore[arg-type]


@lru_cache(maxsize=64)
def _read(text: str) -> Any:
    """The document, numbers as ``_Number``; ``_MISSING`` if the text is no JSON."""
    try:
        # Most texts begin and end with the document itself; ``decode`` looks for blanks around it, twice the time.
        value, end = _scan(text, 0)
        if end == len(text):
            return value
    except (ValueError, RecursionError, StopIteration):
        pass  # ``decode`` says whether it is one
    try:
        return _DECODER.decode(text)
    except (ValueError, RecursionError):
        return _MISSING


def _write(value: Any, indent: int | None = None, level: int = 0) -> str:
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict | list) and value:
        gap = "" if indent is None else "\n" + " " * indent * (level + 1)
        end = "" if indent is None else "\n" + " " * indent * level
        colon = ":" if indent is None else ": "
        if isinstance(value, dict):
            parts = [f"{json.dumps(k, ensure_ascii=False)}{colon}{_write(v, indent, level + 1)}"
                     for k, v in value.items()]  # fmt: skip
            return "{" + gap + f",{gap}".join(parts) + end + "}"
        return "[" + gap + f",{gap}".join(_write(v, indent, level + 1) for v in value) + end + "]"
    return json.dumps(value, ensure_ascii=False)


@lru_cache(maxsize=256)
def _steps(path: str) -> tuple[str | int, ...] | None:
    """Names, places and ``*`` (as ``-1``) of a path; ``None`` if it is none."""
    path = path.strip()
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    at = 1
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None:
            return None
        if found[2] is not None:
            steps.append(-1 if found[2] == "*" else int(found[2]))
        elif found[1] == "*":
            steps.append(-1)
        else:
            steps.append(found[1] or re.sub(r"\\(.)", r"\1", found[3] if found[3] is not None else found[4]))
        at = found.end()
    return tuple(steps)


def _walk(value: Any, steps: tuple[str | int, ...]) -> Any:
    for at, step in enumerate(steps):
        if isinstance(value, list) and (step == -1 or isinstance(step, str)):
            # A name behind [*] is looked for in every item.
            inner = steps[at + 1 :] if step == -1 else steps[at:]
            found = [v for v in (_walk(item, inner) for item in value) if v is not _MISSING]
            return found if step == -1 or found else _MISSING
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return _MISSING
            value = value[step]
        elif isinstance(value, list) and 0 <= step < len(value):
            value = value[step]
        else:
            return _MISSING
    return value


def _get(text: str, path: str) -> str | None:
    steps, document = _steps(path), _read(text)
    if steps is None or document is _MISSING:
        return None
    value = _walk(document, steps)
    if value is _MISSING or value is None:
        return None
    return str(value) if isinstance(value, str) else _write(value)


def _get_typed(text: str, path: str) -> str | None:
    """The same of a JSON, by paths that mean one thing whatever their dialect."""
    steps, value = _steps(path), _document("get_json_object", text)
    if steps is None:
        return None
    for step in steps:
        if step == -1 or (isinstance(value, list) and isinstance(step, str)):
            raise invalid("get_json_object", f"what {path!r} finds in an array of a JSON is not documented")
        value = _walk(value, (step,))
        if value is _MISSING:
            return None
    if value is None:
        return None
    return str(value) if isinstance(value, str) else _write(value)


def _document(function: str, text: str) -> Any:
    document = _read(text)
    if document is _MISSING:
        raise invalid(function, f"{text!r} is not JSON")
    return document


def _path(function: str, path: str) -> tuple[str | int, ...]:
    steps = _steps(path)
    if steps is None:
        raise invalid(function, f"{path!r} is not a JSON path")
    return steps


def _extract(text: str, path: str) -> str | None:
    value = _walk(_document("json_extract", text), _path("json_extract", path))
    return None if value is _MISSING else _write(value)


def _part(text: str, step: str | int) -> str | None:
    """``document['name']`` and ``document[0]``: NULL where there is no such part."""
    value = _document("json_extract", text)
    found = isinstance(value, dict) if isinstance(step, str) else isinstance(value, list) and step >= 0
    part = _walk(value, (step,)) if found else _MISSING
    return None if part is _MISSING else _write(part)


def _exists(text: str, path: str) -> bool:
    return _walk(_document("json_exists", text), _path("json_exists", path)) is not _MISSING


def _kind(text: str) -> str:
    value = _document("json_type", text)
    if isinstance(value, _Number):
        return "number"
    names = {dict: "object", list: "array", str: "string", bool: "boolean"}
    return names.get(type(value), "null")


def _scalar(text: str) -> str | None:
    """What a JSON string, number or boolean says; SQL's NULL for JSON's."""
    value = _document("cast", text)
    if isinstance(value, dict | list):
        raise invalid("cast", "a JSON array or object cannot become another type")
    if value is None:
        return None
    return str(value) if isinstance(value, str) else str(value).lower()


PYTHON: dict[str, Body] = {
    "mc_get_json_object": each(_get, types.STRING),
    "mc_get_json_of_json": each(_get_typed, types.STRING),
    "mc_json_extract": each(_extract, types.STRING),
    "mc_json_member": each(_part, types.STRING),
    "mc_json_item": each(_part, types.STRING),
    "mc_json_exists": each(_exists, types.BOOLEAN),
    "mc_json_type": each(_kind, types.STRING),
    "mc_json_scalar": each(_scalar, types.STRING),
    "mc_json_parse": each(lambda t: _write(_document("json_parse", t)), types.STRING),
    "mc_json_pretty": each(lambda t: _write(_document("json_pretty", t), 4), types.STRING),
    "mc_json_valid": each(lambda t: _read(t) is not _MISSING, types.BOOLEAN),
}

DOCUMENTS = (
    F("GET_JSON_OBJECT", "string, string -> string", "mc_get_json_object({0}, {1})",
      """get_json_object('{"a": {"b": [1.50, {"c": "x"}]}}', '$.a.b[1].c')""", "x"),
    F("GET_JSON_OBJECT", "json, string -> string", "mc_get_json_of_json({0}, {1})",
      """get_json_object(json_parse('{"name": "Alice", "age": 30}'), '$.name')""", "Alice"),
    F("JSON_EXISTS", "json, string -> boolean", "mc_json_exists({0}, {1})",
      """json_exists(json_parse('{"a": 1}'), '$.b')""", False),
    F("JSON_EXTRACT", "json, string -> json", "mc_json_extract({0}, {1})",
      """json_extract(json_parse('{"a": [1, "x"]}'), '$.a[1]')""", '"x"'),
    F("JSON_FORMAT", "json -> string", "mc_json_parse({0})", """json_format(json_parse('{"a": 1}'))""", '{"a":1}'),
    F("JSON_PARSE", "string -> json", "mc_json_parse({0})", """json_parse('{"a": 1}')""", '{"a":1}'),
    F("JSON_PRETTY", "json -> string", "mc_json_pretty({0})", "json_pretty(json_parse('[1]'))", "[\n    1\n]"),
    F("JSON_TYPE", "json -> string", "mc_json_type({0})", "json_type(json_parse('[1]'))", "array"),
    F("JSON_VALID", "string -> boolean", "mc_json_valid({0})", "json_valid('{')", False),
)  # fmt: skip
