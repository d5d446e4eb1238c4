"""The expected failures: what the user gave or met, never a bug of ours."""

from __future__ import annotations


class UserError(Exception):
    """One clear sentence that names the thing, and a hint that says what to do about it.

    Faces show these two and no traceback; IPython does so through ``_render_traceback_``, the hook it offers
    to exceptions for this (``InteractiveShell.showtraceback``).
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def _render_traceback_(self) -> list[str]:
        return [str(self)]
