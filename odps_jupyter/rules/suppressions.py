"""``# odps: ignore[kind]`` at the end of a line: what it says is not to be told there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from odps_jupyter.analysis.evidence import Evidence, Span

from .model import Diagnostic

CODE, KIND = "ODP100", "unused-suppression"
COMMENT = re.compile(r"#\s*odps:\s*ignore(?:\[(?P<kinds>[^\]]*)\])?")


@dataclass(frozen=True)
class Suppression:
    """One comment; ``kinds`` are names or codes, none of them means all."""

    span: Span
    kinds: frozenset[str]

    def covers(self, diagnostic: Diagnostic) -> bool:
        here = (diagnostic.span.cell, diagnostic.span.line) == (self.span.cell, self.span.line)
        return here and (not self.kinds or not self.kinds.isdisjoint({diagnostic.kind, diagnostic.code}))


@dataclass(frozen=True)
class Suppressions:
    """The comments of a notebook; ``used`` gathers those that covered something."""

    found: tuple[Suppression, ...]
    used: set[Suppression] = field(default_factory=set)

    @classmethod
    def of(cls, evidence: Evidence) -> Suppressions:
        return cls(
            tuple(
                Suppression(
                    Span(index, line, len(text[: match.start()].encode()), line, len(text[: match.end()].encode())),
                    frozenset(kind.strip() for kind in (match["kinds"] or "").split(",") if kind.strip()),
                )
                for index in evidence.speaking_of("odps:")
                for line, text in enumerate(evidence.lines(index), 1)
                if (match := COMMENT.search(text))
            )
        )

    def without(self, diagnostics: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
        """The diagnostics no comment covers."""
        for diagnostic in diagnostics:
            covering = [suppression for suppression in self.found if suppression.covers(diagnostic)]
            self.used.update(covering)
            if not covering:
                yield diagnostic

    def unused(self) -> Iterator[Diagnostic]:
        """A hint for each comment that covers nothing; to be asked for after :meth:`without`."""
        for suppression in self.found:
            if suppression not in self.used:
                kinds = ", ".join(sorted(suppression.kinds)) or "anything"
                yield Diagnostic(CODE, KIND, "hint", suppression.span, f"Nothing on this line is {kinds}: remove it.")
