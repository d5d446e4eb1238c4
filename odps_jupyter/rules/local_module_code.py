"""Code of a .py file beside the notebook is needed on the executor.

PyODPS pickles what a module defines by name, and the file is only here: the executor ends with
``ImportError: No module named 'pricing'`` before the first row. A decorator of the file leaves a function that travels,
and with it the names of what that calls in the file.

Example::

    from pricing import gross
    orders.price.map(lambda p: gross(p))

Fix: name the file, or the folder of a package, in ``libraries=['pricing.py']``: PyODPS packs and uploads it with the
job. Or define the function in the notebook.
"""

from __future__ import annotations

from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Journey, Span
from odps_jupyter.analysis.values import Binding, Member

from .edits import quoted
from .libraries import may_have_any
from .libraries_fix import with_library
from .local_files import local_file
from .model import EXECUTOR, Diagnostic, Fix
from .needs import annotated, decorators_of_values, module_uses, modules_of_values
from .setting import Setting
from .subject import Subject

CODE, KIND = "ODP105", "local-module-code"


def check(subject: Subject) -> Iterator[Diagnostic]:
    setting = subject.setting
    for code in subject.shipped:
        for use in module_uses(code):
            if use.guarded or (not use.inside and _is_data(setting, code.outside(use.name))):
                continue
            if _is_missing(subject, code.journey, use.module):
                fix = _shipped(subject, code.journey, use.module)
                yield _diagnostic(use.module, use.span, code.journey.name, fix)
        for annotation in annotated(code):
            if _is_missing(subject, code.journey, annotation.module):
                fix = quoted(subject.evidence, code.body.cell, annotation.node)
                yield _diagnostic(annotation.module, annotation.span, code.journey.name, fix)
        for span, module, name in modules_of_values(code):
            if _is_class(setting, module, name) and _is_missing(subject, code.journey, module):
                yield _diagnostic(module, span, code.journey.name, _shipped(subject, code.journey, module))
        for span, module, name in decorators_of_values(code):
            if _leaves_code(setting, module, name) and _is_missing(subject, code.journey, module):
                yield _diagnostic(module, span, code.journey.name, _shipped(subject, code.journey, module))
    for call in subject.calls:
        for path in call.library:
            module = path.rpartition(".")[0]
            known = setting.in_runtime(module) or may_have_any(subject.evidence)
            if setting.is_local_file(module) and not known:
                yield _diagnostic(module, Span(call.cell, call.line, call.column, call.end_line, call.end_column), path)


def _is_missing(subject: Subject, journey: Journey, module: str) -> bool:
    """Whether ``module`` is a file beside the notebook that the executor is not given."""
    setting = subject.setting
    if setting.in_runtime(module) or not setting.is_local_file(module):
        return False
    return subject.libraries(journey).provides(module, setting) is False


def _leaves_code(setting: Setting, module: str, name: str) -> bool:
    """Whether what a decorator of a file leaves in a function's place has code of the file, which travels by name."""
    file = local_file(setting.folder, module) if setting.folder else None
    return file is not None and (name in file.classes or name in file.leaving)


def _is_data(setting: Setting, value: Binding) -> bool:
    """Whether ``value`` is a number, a text or the like of a file beside the notebook, which travels by itself."""
    file = local_file(setting.folder, value.module) if isinstance(value, Member) and setting.folder else None
    return isinstance(value, Member) and file is not None and value.name in file.data


def _is_class(setting: Setting, module: str, name: str) -> bool:
    file = local_file(setting.folder, module) if setting.folder else None
    return file is None or name in file.classes


def _shipped(subject: Subject, journey: Journey, module: str) -> Fix | None:
    """PyODPS packs and uploads a .py file or a folder that ``libraries=`` names, where no resource is called so."""
    top = module.partition(".")[0]
    folder = subject.setting.folder
    library = f"{top}.py" if folder is not None and (folder / f"{top}.py").is_file() else top
    return with_library(subject.evidence, journey, library, subject.setting, safe=True)


def _diagnostic(module: str, span: Span, function: str, fix: Fix | None = None) -> Diagnostic:
    message = (
        f"{module} is a file beside the notebook and does not travel: the executor cannot import it. "
        "Define the code in the notebook, or name the file in libraries=."
    )
    return Diagnostic(CODE, KIND, "error", span, message, (function,), EXECUTOR, fix)
