"""What a value is made of: the callables and values in it that travel with it."""

from __future__ import annotations

from collections.abc import Iterable

from .joining import flatten
from .values import (
    Class,
    DefKey,
    Function,
    Instance,
    Items,
    Mapping,
    Member,
    Method,
    Module,
    OneOf,
    Operator,
    Partial,
    Property,
    StaticMethod,
    Value,
    Wrapped,
)


def targets(target: Value) -> list[Value]:
    """The callables handed over: a partial stays whole, as its arguments travel."""
    if isinstance(target, OneOf):
        return [found for option in target.options for found in targets(option)]
    if isinstance(target, Items):
        return [found for option in target.items for found in targets(option)]
    if isinstance(target, Mapping):
        return [found for _, option in target.items for found in targets(option)]
    return [target]


def value_module(value: Module | Member) -> str:
    """The module an import statement names to get ``value``."""
    return value.needed or value.module if isinstance(value, Member) else value.needed


def parts(value: Value) -> Iterable[Value]:
    """The values directly in ``value``."""
    if isinstance(value, Items):
        return value.items
    if isinstance(value, Mapping):
        return [held for _, held in value.items]
    if isinstance(value, OneOf):
        return value.options
    if isinstance(value, Partial):
        return [value.target, *(held for _, held in (*value.arguments, *value.keywords))]
    if isinstance(value, Operator):
        return [*value.arguments, *(held for _, held in value.keywords)]
    if isinstance(value, Wrapped):
        return [value.function]
    return ()


#: What stands in a class for a method of it.
_METHODS = (Function, StaticMethod, Property, Wrapped)


def methods(of: Class) -> set[str]:
    """Names of the methods of a class and of its bases."""
    names = {name for name, value in of.attributes if isinstance(value, _METHODS)}
    for base in of.bases:
        if isinstance(base, Class):
            names |= methods(base)
    return names


def definitions(target: Value) -> list[DefKey]:
    """The definitions of the notebook that ``target`` hands over."""
    found: list[DefKey] = []
    for option in flatten(target):
        if isinstance(option, Function):
            found.append(option.stands_for or option.key)
        elif isinstance(option, Class):
            found.append(option.key)
        elif isinstance(option, Instance):
            found.append(option.of.key)
        elif isinstance(option, Method):
            found.append((option.owner.of if isinstance(option.owner, Instance) else option.owner).key)
    return list(dict.fromkeys(found))
