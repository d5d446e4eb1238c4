"""Data classes that nobody changes, by the word of the type checker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

_Fields = TypeVar("_Fields")


@dataclass_transform(frozen_default=True)
def frozen(cls: type[_Fields]) -> type[_Fields]:
    """A data class with slots, equal and hashed by its fields, none of which may be set.

    ``dataclass(frozen=True)`` guards the fields at run time as well, and makes an object three times as slowly: an
    analysis makes some dozen for each cell.
    """
    return dataclass(slots=True, unsafe_hash="__hash__" not in cls.__dict__)(cls)
