"""What a job is called that the user's code sends itself."""

from __future__ import annotations

import pytest
from odps.models import SQLTask

from odps_jupyter.backends.direct import operation_of


@pytest.mark.parametrize(
    ("query", "operation"),
    [
        ("-- a word\n/* and\nanother */ select 1", "SELECT"),
        ("INSERT INTO t SELECT 1", "INSERT"),
        ("set odps.sql.mapper.split.size=1;\nSet a = 'b' ;select 1", "SELECT"),
        ("((select 1) union all select 2)", "SELECT"),
        ("@t := select 1", "SQL"),
        ("/*a*/ " * 60 + "@t := SELECT 1", "SQL"),  # each comment ends at its first end, or this takes for ever
    ],
)
def test_the_first_word_names_a_job(query: str, operation: str) -> None:
    task = SQLTask(name="task", query=query).serialize().partition("?>")[2]
    assert operation_of(f"<Instance><Job><Tasks>{task}</Tasks></Job></Instance>") == operation
