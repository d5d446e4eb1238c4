"""Values joined and taken apart: what one of several branches gave, and every value that may stand in one place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .values import (
    DATA,
    UNBOUND,
    Binding,
    Const,
    Either,
    Entry,
    Frame,
    FrameMethod,
    Items,
    Literals,
    Mapping,
    Member,
    Module,
    OneOf,
    Opaque,
    Partial,
    Shape,
    Site,
    Table,
    Unbound,
    Value,
    Wrapped,
    got_from,
    is_data,
)

#: Kinds that never lead to code or to an expression.
_PLAIN = frozenset({type(None), Unbound, Const, Opaque, Literals, Either, Module, Member})
#: More alternatives than these are forgotten, so that loops over branches end.
_MAX_OPTIONS = 8


def carries(value: Binding) -> bool:
    """Whether following ``value`` can lead to a callable of the notebook or to a PyODPS expression."""
    return value.__class__ not in _PLAIN


def any_carries(values: Iterable[Binding]) -> bool:
    """Whether any of ``values`` does, looked up without a call for each: arguments of nearly every call are asked."""
    return not _PLAIN.issuperset(map(type, values))


def known(value: Binding) -> Value:
    """``value``, where an unbound name is as good as an unknown value."""
    return None if value is UNBOUND else value


def one_of(*values: Binding) -> Value:
    """The value that is any of ``values``; what is unbound or repeated is left out, what is known is preferred."""
    options: list[Value] = []
    for value in values:
        for option in value.options if isinstance(value, OneOf) else (value,):
            if option is UNBOUND or option in options:
                continue
            options.append(option)
    if len(options) == 1:
        return options[0]
    known = [option for option in options if carries(option) or isinstance(option, (Module, Member, Entry, Table))]
    if not known:
        # Two literals leave nothing to decide a branch by; two local objects are still local.
        opaque = next((option for option in options if isinstance(option, Opaque)), None)
        return None if opaque is None or None in options else DATA if is_data(opaque) else got_from(opaque)
    if len(known) < len(options) and any(isinstance(option, Opaque) for option in options):
        known.append(next(option for option in options if isinstance(option, Opaque)))
    return known[0] if len(known) == 1 else OneOf(tuple(known[:_MAX_OPTIONS]))


def options(value: Value) -> tuple[Value, ...]:
    return value.options if isinstance(value, OneOf) else (value,)


def sites_of(value: Binding, depth: int = 0) -> frozenset[Site]:
    """The pending calls of every expression in ``value``."""
    if isinstance(value, Frame):
        return value.sites
    if isinstance(value, FrameMethod):
        return value.frame.sites
    if depth > 3:
        return frozenset()
    if isinstance(value, Items):
        return frozenset().union(*(sites_of(item, depth + 1) for item in value.items))
    if isinstance(value, Mapping):
        return frozenset().union(*(sites_of(item, depth + 1) for _, item in value.items))
    if isinstance(value, OneOf):
        return frozenset().union(*(sites_of(item, depth + 1) for item in value.options))
    return frozenset()


def frame_of(value: Value) -> Frame | None:
    """The expression that ``value`` is, or may be; a method that is not called is a property (``df.day.year``)."""
    if isinstance(value, Frame):
        return value
    if isinstance(value, FrameMethod):
        shape = value.frame.shape if value.frame.shape in (Shape.SEQUENCE, Shape.MAXFRAME) else Shape.ANY
        return Frame(shape, value.frame.local, value.frame.sites)
    if isinstance(value, OneOf):
        found = [frame for frame in map(frame_of, value.options) if frame is not None]
        return merge_frames(found) if found else None
    return None


def merge_frames(frames: list[Frame]) -> Frame:
    if len(frames) == 1:
        return frames[0]
    shape = frames[0].shape if all(frame.shape is frames[0].shape for frame in frames) else Shape.ANY
    sites = frozenset[Site]().union(*(frame.sites for frame in frames))
    return Frame(shape, all(frame.local for frame in frames), sites)


def combine(*values: Value) -> Value:
    """The expression that an operator on ``values`` builds, where one of them is an expression."""
    if any_carries(values):
        frames = [frame for frame in map(frame_of, values) if frame is not None]
        if frames:
            return merge_frames(frames)
        # A list filled in a loop is also the empty one that it was before.
        lists = [option for value in values for option in options(value) if isinstance(option, Items)]
        if lists:
            return Items(tuple(item for each in lists for item in each.items), exact=False)
    if all(isinstance(value, (Const, Opaque, Either)) for value in values):
        return DATA
    return None


def flatten(value: Value, depth: int = 0) -> list[Value]:
    """The callables in ``value``: of lists and dicts each, of a partial its function."""
    if depth > 4:
        return []
    inner: Sequence[Value]
    if isinstance(value, OneOf):
        inner = value.options
    elif isinstance(value, Items):
        inner = value.items
    elif isinstance(value, Mapping):
        inner = [held for _, held in value.items]
    elif isinstance(value, Partial):
        inner = [value.target]
    elif isinstance(value, Wrapped):
        inner = [value.function]
    else:
        return [value]
    return [found for part in inner for found in flatten(part, depth + 1)]
