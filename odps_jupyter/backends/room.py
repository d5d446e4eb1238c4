"""How much of this machine's memory the rows of one table or result may take, asked before they are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from odps_jupyter.errors import UserError
from odps_jupyter.sizes import in_words

from .memory import free_memory

#: Rows are in memory twice while one form of them is made of another.
SHARE = 2
#: So few rows of values without a bound are read without a look at them, where nobody asked for a limit: a text has
#: 8 MB at most, and hardly any does.
FEW = 1_000
#: Rows that are read to see how much one takes.
LOOKED_AT = 100


class TooLarge(UserError):
    """Rows that would not fit; none were read."""


@dataclass(frozen=True)
class Rows:
    """Some that would be read.

    Attributes:
        name: of what they are rows, as the subject of a sentence. ``count``: how many.
        widest: bytes of one that has the largest values of its types; None where those have no bound.
        stored: bytes that they take in MaxCompute at the least; 0 where that is unknown.
        width: reads the first ones and says how many bytes one takes here.
    """

    name: str
    count: int
    widest: int | None
    stored: int
    width: Callable[[], float]


@dataclass(frozen=True)
class Room:
    """Attributes:

    asked: bytes, as the user said; what is free decides where None.
    """

    asked: int | None = None
    free: Callable[[], int | None] = field(default=free_memory, repr=False, compare=False)

    @property
    def most(self) -> int | None:
        """Bytes that rows may take; None where nobody knows."""
        if self.asked is not None:
            return self.asked
        free = self.free()
        return None if free is None else free // SHARE

    def check(self, rows: Rows, hint: Callable[[int], str], kept: str = "Nothing was read.") -> None:
        """Args: ``hint`` says what to do, given how many rows would fit; ``kept`` what has become of the rows.

        Raises:
            TooLarge: there is no room for them.
        """
        most = self.most
        if most is None or (rows.widest is not None and rows.count * rows.widest <= most):
            return
        if rows.stored > most:
            width = rows.stored / rows.count
        elif rows.widest is None and rows.count <= FEW and self.asked is None:
            return
        else:
            width = rows.width()
        if rows.count * width <= most:
            return
        raise TooLarge(
            f"{rows.name} has {rows.count:,} rows of about {in_words(width)} to be read, "
            f"{in_words(rows.count * width)} in all, and {in_words(most)} may be taken of this kernel's memory at "
            f"once. {kept}",
            hint=f"{hint(int(most / width))}; `%odps memory SIZE` sets another limit.",
        )


#: For what is known to be little.
ANY = Room(free=lambda: None)


def round_down(rows: int) -> int:
    """A number of rows that is easily said: its first digit and zeros."""
    digits = str(max(1, rows))
    return int(digits[0] + "0" * (len(digits) - 1))
