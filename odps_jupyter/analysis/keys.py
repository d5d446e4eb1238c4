"""Keys of dicts that hold callables: literals, and what dispatch tables go by, such as types and members of enums."""

from __future__ import annotations

from .values import Class, Const, Instance, Literals, Mapping, Member, Value


def key_of(value: Value) -> object:
    """What a dict files something under ``value`` as; None where that is not known."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Literals):
        return value.values if value.keys is None and value.ordered else None
    if isinstance(value, Member):
        return value
    if isinstance(value, Class):
        return Class(value.key)  # whatever its attributes are by now
    if isinstance(value, Instance) and is_enum(value.of):
        return Instance(Class(value.of.key), value.state)
    return None


def is_enum(of: Class) -> bool:
    """Whether a class of the notebook is an enumeration."""
    return any(isinstance(base, Member) and base.module == "enum" for base in of.bases)


def is_literal(key: object) -> bool:
    """Whether a key is known and a literal."""
    return key is not None and not isinstance(key, (Member, Class, Instance))


def found(mapping: Mapping, index: Value) -> tuple[list[Value], bool]:
    """The values that ``mapping[index]`` may be, and whether the key itself was found."""
    wanted = key_of(index)
    if wanted is None:
        return [value for _, value in mapping.items], False
    exact = [value for key, value in mapping.items if key == wanted]
    if exact:
        return exact, True
    # A thing of a module may be any literal, and the other way round.
    maybe = [
        value for key, value in mapping.items if key is None or isinstance(wanted, Member) or isinstance(key, Member)
    ]
    return maybe, False
