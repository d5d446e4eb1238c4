"""A session whose executions are compared with those of the executor's twin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odps_jupyter.workflow.compare.comparison import Comparison
from odps_jupyter.workflow.compare.tables import PREFIX
from odps_jupyter.workflow.session import Session

Compare = Callable[[Callable[[], Any]], Comparison]


@pytest.fixture
def comparing(session: Session) -> Session:
    session.set_backend("pandas")
    session.set_terms(replace(session.terms, compare="twin"))
    return session


@pytest.fixture
def compare(comparing: Session) -> Compare:
    """Runs what it is given, and says how its one comparison ended."""

    def run(action: Callable[[], Any]) -> Comparison:
        with comparing.run():
            action()
        (comparison,) = comparing.runs[-1].comparisons
        return comparison

    return run


def leaks(o: Any) -> list[str]:
    """The tables that comparisons have left."""
    return [table.name for table in o.list_tables(prefix=PREFIX)]
