"""What the panel is told of resources that cells name and the project does not hold."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

from odps_jupyter.backends.embedded import Service
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.workflow.awaited import Awaited
from tests.conftest import entry_of


def test_resources_are_told_until_the_project_holds_them(service: Service) -> None:
    entry = entry_of(service)
    cells = [
        Cell("a", "x = 1"),
        Cell("b", "y = x\ndf.a.map(f).execute(libraries=['awaited_lib.py'])"),
        Cell("c", '##@resource_reference{"awaited_pricing.py"}'),
    ]
    connection: Any = SimpleNamespace(entry=entry, project=entry.project)
    heard = threading.Event()
    awaited = Awaited(lambda: cells, lambda: connection, heard.set)

    def after_cell() -> list[dict[str, Any]]:
        heard.clear()
        awaited.after_cell()
        assert heard.wait(120)
        return awaited.told()

    library = {"name": "awaited_lib.py", "cell": "b", "line": 1, "submitted": False}
    reference = {"name": "awaited_pricing.py", "cell": "c", "line": 0, "submitted": True}
    always = {"known": True, "project": entry.project}
    assert after_cell() == [library | always, reference | always]
    entry.create_resource("awaited_lib.py", "py", file_obj="x = 1")
    try:
        assert after_cell() == [reference | always]
    finally:
        entry.delete_resource("awaited_lib.py")
    cells = cells[:1]
    assert after_cell() == []
    awaited.close()
