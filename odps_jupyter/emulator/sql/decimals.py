"""What a job's settings say of DECIMAL. Source: MaxCompute's documentation, "DECIMAL data type"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from odps_jupyter.emulator import types
from odps_jupyter.emulator.types import Type

from .errors import unsupported

#: Most places behind the point unless the job extends them.
PLACES = types.DECIMAL.sizes[1]


@dataclass(frozen=True)
class Decimals:
    """Settings of DECIMAL.

    Attributes:
        sized: whether precision and scale can be given (``odps.sql.decimal.odps2``).
        extended: whether more than 18 places can be (``odps.sql.decimal2.extended.scale.enable``).
        trimmed: whether the text of a value has no zeros at its end (``odps.sql.decimal.tostring.trimzero``).
    """

    sized: bool = True
    extended: bool = False
    trimmed: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Decimals:
        """Those of a job.

        Raises:
            OdpsError: ``ODPS-0130071``, the job asks for DECIMAL256, which is refused.
        """
        for wide in ("odps.sql.decimal256.enable", "odps.sql.decimal256.auto.promotion"):
            if settings.get(wide, "").lower() == "true":
                raise unsupported(f"DECIMAL256 ({wide})")
        return cls(
            settings.get("odps.sql.decimal.odps2", "").lower() != "false",
            settings.get("odps.sql.decimal2.extended.scale.enable", "").lower() == "true",
            settings.get("odps.sql.decimal.tostring.trimzero", "").lower() != "false",
        )

    def check(self, kind: Type) -> Type:
        """A type as somebody wrote it; answers it.

        Raises:
            ValueError: it is, or holds, a DECIMAL that the job cannot have.
        """
        for item in kind.items:
            self.check(item)
        if kind.name == "decimal" and kind.sizes[1] > PLACES and not self.extended:
            raise ValueError(
                f"the scale of {str(kind)!r} is not between 0 and {min(kind.sizes[0], PLACES)};"
                " odps.sql.decimal2.extended.scale.enable=true allows more"
            )
        if kind.name == "decimal" and kind != types.DECIMAL and not self.sized:
            raise ValueError(f"{kind} has a precision and scale, which odps.sql.decimal.odps2=false does not know")
        return kind
