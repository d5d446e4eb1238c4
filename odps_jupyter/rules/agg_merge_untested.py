"""An aggregate's ``merge`` leaves out what it is to merge.

MaxCompute computes an aggregate in several workers and merges their buffers; the pandas backend never calls ``merge``,
so a ``merge`` that ignores the other buffer goes unnoticed until the result is wrong.

Example::

    def merge(self, buffer, pbuffer):
        pass

Fix: add ``pbuffer`` to ``buffer``, item by item.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .model import Diagnostic, span_of
from .subject import Subject

CODE, KIND = "ODP120", "agg-merge-untested"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        node = code.facts.node
        if not code.body.name.endswith(".merge") or code.journey.call.role != "aggregate":
            continue
        parameters = [argument.arg for argument in node.args.args]
        if isinstance(node, ast.Lambda) or len(parameters) != 3:
            continue
        if parameters[2] not in code.facts.read and not code.facts.raises:
            message = (
                f"merge never reads {parameters[2]}: what other workers counted is lost. The pandas backend never "
                "calls merge, so it shows on MaxCompute alone."
            )
            yield Diagnostic(CODE, KIND, "warning", span_of(code.body.cell, node), message, (code.journey.name,))
