"""CRC32C over values and streams, the two levels the tunnel checks (``odps/tunnel/checksum.py``)."""

from __future__ import annotations

from google_crc32c import extend, value

from odps_jupyter.emulator.errors import OdpsError

__all__ = ["Running", "mismatch", "value"]


class Running:
    """A checksum that grows."""

    def __init__(self) -> None:
        self.value = 0

    def update(self, data: bytes) -> None:
        self.value = extend(self.value, data)


def mismatch(where: str) -> OdpsError:
    """The error for data that does not match its checksum."""
    return OdpsError("InvalidArgument", f"Checksum invalid - {where}", 400)
