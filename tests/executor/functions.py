"""Functions of a few lines, and the Pythons they fail on."""

from __future__ import annotations

import pyarrow as pa

PYTHONS = [(2, 7), (3, 7), (3, 11), (3, 13)]
ONE = pa.record_batch([pa.array([1])], names=["n"])


def scalar(body: str, to: str = "bigint", before: str = "") -> str:
    """A function of one BIGINT whose ``evaluate`` has this body."""
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    return (
        f"import os, sys\nfrom odps.udf import annotate\n{before}\n@annotate('bigint->{to}')\n"
        f"class Udf(object):\n    def evaluate(self, n):\n{lines}"
    )
