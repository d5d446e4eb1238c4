"""The names of one scope while it is followed."""

from __future__ import annotations

from typing import TypeAlias

from .values import Binding

#: What names were before they were first bound anew; None stands for "not there".
Journal: TypeAlias = dict[str, Binding | tuple[()]]
_ABSENT: tuple[()] = ()


class Names(dict[str, Binding]):
    """Names with their values; what is bound in a branch can be taken back for the next branch.

    A long script has as many branches as names: to copy the names for each would take the square of its length.
    """

    __slots__ = ("_journal",)

    def __init__(self, *given: object) -> None:
        super().__init__(*given)
        self._journal: Journal | None = None

    def __setitem__(self, name: str, value: Binding) -> None:
        journal = self._journal
        if journal is not None and name not in journal:
            journal[name] = self.get(name, _ABSENT)
        super().__setitem__(name, value)

    def begin(self) -> Journal | None:
        """Notes from now on what is bound; returns what :meth:`end` wants to have back."""
        outer, self._journal = self._journal, {}
        return outer

    def end(self, outer: Journal | None) -> tuple[dict[str, Binding], dict[str, Binding]]:
        """Takes back what was bound since :meth:`begin`; returns that, and of the same names what they were before.

        What was not there before is left out of the second.
        """
        journal, self._journal = self._journal or {}, None
        bound = {name: self[name] for name in journal}
        before: dict[str, Binding] = {}
        for name, value in journal.items():
            if isinstance(value, tuple):
                del self[name]
            else:
                before[name] = value
                super().__setitem__(name, value)
        self._journal = outer
        return bound, before
