"""A module bound outside the body, which the executor has.

It works: the module travels by name. The vendor advises to import inside the body, so that the function says what it
needs and an import that fails says so with the line. Nothing is said of the standard library.

Example::

    import numpy as np
    sensor.temp.map(lambda t: float(np.log(t)))

Fix: import the module in the body.
"""

from __future__ import annotations

from collections.abc import Iterator

from .edits import import_in_body
from .model import Diagnostic
from .needs import module_uses
from .setting import standard_library
from .subject import Subject

CODE, KIND = "ODP103", "module-imported-outside"


def check(subject: Subject) -> Iterator[Diagnostic]:
    setting = subject.setting
    for code in subject.shipped:
        for use in module_uses(code):
            top = use.module.partition(".")[0]
            if use.inside or top in standard_library(setting.profile.python) or top == "odps":
                continue
            if setting.is_local_file(use.module) and not setting.in_runtime(use.module):
                # It travels as a library, which local-module-code sees to; here its import is the usual one.
                continue
            if setting.in_runtime(use.module) or subject.libraries(code.journey).provides(use.module, setting):
                message = (
                    f"{use.module} is imported outside {code.body.name}. It travels by name and the executor has it; "
                    "an import in the body says what the function needs."
                )
                value = code.outside(use.name)
                fix = import_in_body(subject.evidence, code.body.cell, code.facts.node, use.name, value)
                yield Diagnostic(CODE, KIND, "hint", use.span, message, (code.journey.name,), fix=fix)
