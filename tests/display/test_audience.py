"""Who may use widgets, by what the messages and the environment say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from odps_jupyter.display.audience import uses_widgets


@dataclass
class Kernel:
    """One whose running cell came with ``content``."""

    content: dict[str, Any] = field(default_factory=dict)

    def get_parent(self, channel: str) -> dict[str, Any]:
        assert channel == "shell"
        return {"content": self.content} if self.content else {}


@pytest.mark.parametrize(
    ("content", "environ", "expected"),
    [
        ({"allow_stdin": True}, {}, True),
        ({"allow_stdin": False}, {}, False),  # nbclient, papermill
        ({"allow_stdin": False}, {"SERVER_SOFTWARE": "voila/0.5.8"}, True),
        ({"allow_stdin": False}, {"SERVER_SOFTWARE": "gunicorn/20"}, False),
        ({}, {}, True),  # nothing ran yet
    ],
)
def test_a_program_that_executes_notebooks_uses_none(
    content: dict[str, Any], environ: dict[str, str], expected: bool
) -> None:
    assert uses_widgets(Kernel(content), environ) is expected
