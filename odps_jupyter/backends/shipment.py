"""What one submission really sent, as plain data; of captured values only numbers are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``verified`` was sent, ``planned`` was only compiled (a dry run).
Standing = Literal["verified", "planned"]
#: What code is in a pickle.
Form = Literal["bytecode", "source"]


@dataclass(frozen=True)
class Captured:
    """A name that a piece of code found outside itself, and how it travelled.

    Attributes:
        type: name of its type, or of what it refers to, such as ``numpy.ndarray`` or ``math.sqrt``.
        size: bytes it takes in the pickle where it stands first; 0 where an earlier piece brought it.
        by: a ``reference`` is a name that the executor imports, a ``value`` is in the pickle.
        module: the module that a reference names, None for a value.
        literal: the value as Python text where that is short and holds numbers only, else None.
    """

    name: str
    type: str
    size: int
    by: Literal["value", "reference"]
    module: str | None = None
    literal: str | None = None


@dataclass(frozen=True)
class Piece:
    """One function, lambda or class that travelled as code.

    Attributes:
        name: dotted, such as ``outer.inner``; ``lambda`` for one.
        file: the name it was compiled under, as tracebacks show it. ``line``: its first, counted from 1.
        cell: the number of the cell, as in ``In[3]``; None where the code is from elsewhere.
        source: its own lines, None where they are not known.
        imports: modules that its body imports.
        names: those by which the code around finds it, but for its own.
    """

    name: str
    kind: Literal["function", "lambda", "class"]
    file: str
    line: int
    cell: int | None
    source: str | None
    captures: tuple[Captured, ...]
    imports: tuple[str, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShippedFunction:
    """One generated UDF: the user's callable and all that its pickle holds.

    Attributes:
        name: the user's name for it. ``udf``: the service's.
        signature: as in its ``@annotate``.
        pieces: the callable first, then the code it took along.
        modules: top-level modules that unpickling imports, sorted.
        resources: names of the resources it opens.
        pickle_size: bytes of its pickle.
        source: the generated text, with the header that all of them share and the pickles cut out.
        unread: why the pickle could not be read, None where it could.
        form: as what its code travels.
    """

    name: str
    udf: str
    signature: str
    pieces: tuple[Piece, ...]
    modules: tuple[str, ...]
    resources: tuple[str, ...]
    pickle_size: int
    source: str
    unread: str | None = None
    form: Form = "bytecode"


@dataclass(frozen=True)
class Shipment:
    """One SQL job and the functions that were registered for it.

    Attributes:
        hints: as the service got them.
        libraries: names of the resources that ``libraries=`` attached.
        project: where it went. ``instance``: its id, None where the service refused it.
    """

    standing: Standing
    functions: tuple[ShippedFunction, ...]
    libraries: tuple[str, ...]
    sql: str
    hints: tuple[tuple[str, str], ...]
    project: str
    instance: str | None = None
