"""Defaults of keyword-only parameters: PyODPS 0.13.2 pickles functions without them (``save_function_tuple``)."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import Any

from odps.lib import cloudpickle

from .writing import DEFINE_AGAIN, NoSource


def keyword_defaults(code: CodeType) -> Mapping[str, Any] | None:
    """Those of the living functions that run ``code``; None where they have none.

    A pickle does not say them and source may call anything for them, so that only the functions themselves can. The
    collector of Python knows all that live.

    Raises:
        NoSource: several such functions live and have different ones, or none lives any more.
    """
    if not code.co_kwonlyargcount:
        return None
    found = _different(code)
    if len(found) > 1:
        # A cell that ran again may have left its old function behind in a cycle.
        gc.collect()
        found = _different(code)
    if not found:
        raise NoSource("has keyword-only parameters, and the function that knows their defaults is gone", DEFINE_AGAIN)
    if len(found) > 1:
        raise NoSource(
            "was made several times with different defaults of keyword-only parameters",
            "Give the value as an ordinary parameter's default, or through a variable of the function around it.",
        )
    return found[0]


def _different(code: CodeType) -> list[Mapping[str, Any] | None]:
    """The defaults of the living functions that run ``code``, those that are the same once."""
    found: list[Mapping[str, Any] | None] = []
    for held in gc.get_objects():
        if type(held) is FunctionType and held.__code__ == code and held.__code__.co_filename == code.co_filename:
            defaults = held.__kwdefaults__
            if not any(_same(defaults, known) for known in found):
                found.append(defaults)
    return found


def _same(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether the executor would get the same: a cell that runs again makes its defaults anew."""
    if one is None or other is None:
        return one is other
    if one.keys() != other.keys():
        return False
    if all(one[name] is other[name] for name in one):
        return True
    if any(type(one[name]) is not type(other[name]) for name in one):
        return False
    left, right = _pickle(one), _pickle(other)
    return left is not None and left == right


def _pickle(defaults: Mapping[str, Any]) -> bytes | None:
    try:
        return bytes(cloudpickle.dumps(dict(defaults)))
    except Exception:  # noqa: BLE001 - a user's class may raise anything here: it is the same as nothing but itself
        return None
