"""Who may use widgets, by what the messages and the environment say."""

from __future__ import annotations

from typing import Any

import pytest

from odps_jupyter.display.audience import uses_widgets


@pytest.mark.parametrize(
    ("content", "environ", "expected"),
    [
        ({"allow_stdin": True}, {}, True),
        ({"allow_stdin": False}, {}, False),  # nbclient, papermill
        ({"allow_stdin": False}, {"SERVER_SOFTWARE": "voila/0.5.8"}, True),
        ({"allow_stdin": False}, {"SERVER_SOFTWARE": "gunicorn/20"}, False),
        ({}, {}, True),
    ],
)
def test_a_program_that_executes_notebooks_uses_none(
    content: dict[str, Any], environ: dict[str, str], expected: bool
) -> None:
    parent = {"content": content} if content else {}  # nothing ran yet
    assert uses_widgets(parent, environ) is expected
