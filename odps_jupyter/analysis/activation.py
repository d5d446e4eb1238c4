"""What is known within one function body, or class body, while it is followed."""

from __future__ import annotations

from dataclasses import dataclass, field

from .names import Names
from .scopes import Scope
from .values import Value


@dataclass(slots=True, eq=False)
class Activation:
    """One function body, or class body, being followed."""

    scope: Scope
    names: Names
    visible: dict[str, Value]
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
