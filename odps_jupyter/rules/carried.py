"""What travels inside other values: in a container, a partial, the state of an instance, the defaults of a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from odps_jupyter.analysis.evidence import Journey, Span
from odps_jupyter.analysis.values import (
    Binding,
    Class,
    Function,
    Instance,
    Items,
    Mapping,
    Method,
    OneOf,
    Partial,
    Wrapped,
)

from .subject import ShippedCode, Subject, span_of_call

Found = TypeVar("Found")
#: A class that says itself how it is pickled may leave out what its instances hold.
_OWN_PICKLE = frozenset({"__getstate__", "__reduce__", "__reduce_ex__"})
#: What holds other values; most values hold none.
_HOLDING = frozenset({OneOf, Wrapped, Method, Function, Instance, Class, Items, Mapping, Partial})
#: Deeper than this nobody looks, so that values that hold each other end.
DEPTH = 4


@dataclass(frozen=True)
class Held:
    """A value that travels, and may not: in the callable itself where ``name`` is None, or under that name.

    ``code`` is the body that takes it along; None where no body is known of the callable.
    """

    journey: Journey
    span: Span
    value: object
    code: ShippedCode | None = None
    name: str | None = None

    @property
    def itself(self) -> tuple[ShippedCode, str] | None:
        """The body, and the name that is the value and not something that holds it."""
        if self.code is None or self.name is None or self.value != self.code.outside(self.name):
            return None
        return self.code, self.name

    @property
    def told(self) -> str:
        """``rates is``, or ``rates holds``."""
        return f"{self.name or self.journey.name} {'is' if self.itself is not None else 'holds'}"


def held(subject: Subject, look: Callable[[Binding], Binding], kinds: frozenset[type]) -> Iterator[Held]:
    """Where any callable takes along what ``look`` finds; see :func:`carried`."""
    for code in subject.shipped:
        for span, name, value in carried(code, look, kinds):
            yield Held(code.journey, span, value, code, name)
    for journey, value in carried_bare(subject, look):
        yield Held(journey, span_of_call(journey), value)


def carried(
    code: ShippedCode, look: Callable[[Binding], Found | None], kinds: frozenset[type]
) -> Iterator[tuple[Span, str | None, Found]]:
    """What ``look`` finds in the callable handed over, at its call, and in each name a body reads, at its first read.

    The name is None for the callable itself. ``kinds`` are the values that ``look`` may find something in.
    """
    if kinds.isdisjoint(code.kept(_kinds)):
        return
    journey = code.journey
    if code.body is journey.bodies[0]:
        found = found_in(journey.target, look)
        if found is not None:
            yield span_of_call(journey), None, found
    for name, value in code.body.names.items():
        found = found_in(value, look)
        used = code.reads(name) if found is not None else None
        if found is not None and used is not None:
            yield code.span(used), name, found


def carried_bare(subject: Subject, look: Callable[[Binding], Found | None]) -> Iterator[tuple[Journey, Found]]:
    """What ``look`` finds in callables that no body is known of: a class whose call is somebody else's function."""
    for journey in subject.journeys:
        found = found_in(journey.target, look) if not journey.bodies else None
        if found is not None:
            yield journey, found


def _kinds(code: ShippedCode) -> set[type]:
    """Of what kinds all values are that :func:`carried` looks at."""
    values = [*code.body.names.values()]
    if code.body is code.journey.bodies[0]:
        values.append(code.journey.target)
    found: set[type] = set()
    for _ in range(DEPTH + 2):
        found.update([value.__class__ for value in values])
        values = [part for value in values if value.__class__ in _HOLDING for part in parts_of(value)]
        if not values:
            break
    return found


def found_in(value: Binding, look: Callable[[Binding], Found | None], depth: int = 0) -> Found | None:
    """The first thing ``look`` finds in ``value``; of several possible values all must hold one."""
    found = look(value)
    if found is not None or value.__class__ not in _HOLDING or depth > DEPTH:
        return found
    if isinstance(value, OneOf):
        options = [found_in(option, look, depth + 1) for option in value.options]
        return options[0] if options and all(option is not None for option in options) else None
    return next((found for part in parts_of(value) if (found := found_in(part, look, depth + 1)) is not None), None)


def within(value: Binding, depth: int = 0) -> Iterator[Binding]:
    """``value``, and what travels in it."""
    yield value
    for part in parts_of(value) if value.__class__ in _HOLDING and depth <= DEPTH else ():
        yield from within(part, depth + 1)


def parts_of(value: Binding) -> Iterator[Binding]:
    """What travels directly in a value."""
    if isinstance(value, Wrapped):
        yield value.function
    elif isinstance(value, Method):
        yield value.owner
    elif isinstance(value, Function):
        yield from (held for _, held in value.bound)
    elif isinstance(value, Instance):
        yield value.of
        if not any(name in _OWN_PICKLE for name, _ in value.of.attributes):
            yield from (held for _, held in value.state)
    elif isinstance(value, Class):
        # A class of the notebook travels with all that its body binds.
        yield from (held for _, held in value.attributes)
    elif isinstance(value, Items):
        yield from value.items
    elif isinstance(value, Mapping):
        yield from (held for _, held in value.items)
    elif isinstance(value, OneOf):
        yield from value.options
    elif isinstance(value, Partial):
        yield value.target
        yield from (held for _, held in (*value.arguments, *value.keywords))
