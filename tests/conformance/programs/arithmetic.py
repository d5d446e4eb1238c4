"""Numbers: arithmetic, comparison, logic."""

from __future__ import annotations

from tests.conformance.model import program


@program
def add_column_and_constant(numbers):
    return numbers[numbers.id, (numbers.i + 1).rename("a"), (1 + numbers.x).rename("b")]
