"""The one exception of the embedded MaxCompute: an error with MaxCompute's own code."""

from __future__ import annotations


class OdpsError(Exception):
    """An error the client is told about, in MaxCompute's words.

    Codes have the form ``ODPS-MMCCCCX`` (module, number, level). PyODPS picks its exception class by the code
    (``odps/errors.py``, ``CODE_MAPPING``), so a code is part of the behaviour and not decoration.

    Args:
        code: the full code, such as ``"ODPS-0130131"``; some REST errors have a name instead (``"NoSuchObject"``).
        message: what follows the code and a colon in the text MaxCompute writes.
        status: HTTP status of the answer when the error ends a request rather than an instance.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}:{message}" if code.startswith("ODPS-") else message)
        self.code = code
        self.message = message
        self.status = status

    @property
    def text(self) -> str:
        """The whole text as a failed instance shows it: ``ODPS-0130131:[1,15] Table not found - ...``."""
        return str(self)


#: Where readers find what is emulated.
COVERAGE = "odps_jupyter/emulator/COVERAGE.md"


def not_emulated(what: str, status: int = 400) -> OdpsError:
    """The error for a request outside what is emulated; it names the request and where to read on."""
    return OdpsError(
        "ODPS-0420095",
        f"Access Denied - {what}: not emulated by the embedded MaxCompute; {COVERAGE} says what is",
        status,
    )
