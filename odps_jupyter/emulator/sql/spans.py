"""How long an INTERVAL_DAY_TIME can be here."""

from __future__ import annotations

#: In microseconds, either way: the nanoseconds of Arrow's interval and of pandas' Timedelta, as which a client reads
#: the value, are 64 bits.
LONGEST_MICROS = (2**63 - 1) // 1000
#: What is refused, within a sentence.
TOO_LONG = "an INTERVAL_DAY_TIME of more than 292 years"
