"""The two ways something goes wrong: the user's input, or our own bug."""

from __future__ import annotations


class UserError(Exception):
    """An expected failure: one clear sentence that names the thing, and a hint that says what to do.

    Faces show ``message`` and ``hint`` and no traceback.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message
