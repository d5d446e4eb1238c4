"""Code of a .py file beside the notebook is needed on the executor.

PyODPS pickles what a module defines by name, and the file is only here: the executor ends with
``ImportError: No module named 'pricing'`` before the first row.

Example::

    from pricing import gross
    orders.price.map(lambda p: gross(p))

Fix: define the function in the notebook, or zip the file, upload it as a resource, and name it in ``libraries=``.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Span

from .model import EXECUTOR, Diagnostic
from .needs import module_uses
from .subject import Subject

CODE, KIND = "ODP105", "local-module-code"


def check(subject: Subject) -> Iterator[Diagnostic]:
    setting = subject.setting
    for code in subject.shipped:
        for use in module_uses(code):
            if use.guarded or setting.in_runtime(use.module) or not setting.is_local_file(use.module):
                continue
            if subject.libraries(code.journey).provides(use.module, setting) is False:
                yield _diagnostic(use.module, use.span, code.journey.name)
    for call in subject.evidence.model.calls:
        for path in call.library:
            module = path.rpartition(".")[0]
            if setting.is_local_file(module) and not setting.in_runtime(module):
                yield _diagnostic(module, Span(call.cell, call.line, call.column, call.end_line, call.end_column), path)


def _diagnostic(module: str, span: Span, function: str) -> Diagnostic:
    message = (
        f"{module} is a file beside the notebook and does not travel: the executor cannot import it. "
        "Define the code in the notebook, or name a zip of it in libraries=."
    )
    return Diagnostic(CODE, KIND, "error", span, message, (function,), EXECUTOR)
