"""Resources that a DataWorks node is given by a comment: ``##@resource_reference{"pricing.py"}``.

DataWorks writes the line when a resource is referenced in its editor, and lays the file beside the node when that runs
(its manual, "Resource Management"; "PyODPS 3 node"). It is for the code here: functions have the resource only where
``libraries=`` or ``resources=`` name it.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence

_WORD = "resource_reference"
_REFERENCE = re.compile(r"#+\s*@resource_reference\{\s*[\"']([^\"'{}]+)[\"']\s*\}")


def referenced(source: str) -> Iterator[tuple[int, str]]:
    """The resources that comments of a text reference, each with its line, from 1; what is no Python is read so far."""
    if _WORD not in source:
        return
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    try:
        for token in tokens:
            found = _REFERENCE.match(token.string) if token.type == tokenize.COMMENT else None
            if found is not None:
                yield token.start[0], found[1]
    except (tokenize.TokenError, IndentationError):
        return


def reference_with(evidence: Evidence, module: str) -> str | None:
    """The referenced resource that is the file of ``module``; None where there is none."""
    wanted = f"{module.partition('.')[0]}.py"
    names = (name for cell in evidence.speaking_of(_WORD) for _, name in referenced(evidence.cells[cell].source))
    return next((name for name in names if name.rpartition("/")[2] == wanted), None)
