"""A package that only the client has is needed on the executor.

A module imported outside the function travels by name, and the executor has the standard library, its profile's
packages and the libraries it is given: anything else ends with ``No module named``, at load or in the body.

Example::

    import requests_toolbelt
    urls.url.map(lambda u: requests_toolbelt.parse(u))

Fix: pack it (``pyodps-pack``), upload it as an archive, and name it in ``libraries=``. Where the import is tried with
something else for where it fails, the job fails only if the client has the package, so that is a hint: try it in the
body. An annotation that names the package (``def f(t: pd.Timestamp)``) travels with the function, too: quote it. So
does what decorators such as ``@tenacity.retry`` leave in the place of a function or a method. A resource that a
DataWorks node references (``##@resource_reference{"name.py"}``) is in the project already: name it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Journey, Span

from .edits import copied_into_body, quoted
from .libraries import may_have_any
from .libraries_fix import with_library
from .model import EXECUTOR, Diagnostic, Fix
from .needs import WRAPPING, Attempt, annotated, attempts, decorators_of_values, module_uses, modules_of_values
from .references import reference_with
from .setting import is_standard_somewhere
from .subject import ShippedCode, Subject

CODE, KIND = "ODP102", "local-only-package"


def check(subject: Subject) -> Iterator[Diagnostic]:
    setting = subject.setting
    for code in subject.shipped:
        tried = {each.name for each in attempts(code)}
        for use in module_uses(code):
            if use.guarded or (not use.inside and use.name in tried):
                continue
            if setting.in_runtime(use.module) or setting.is_local_file(use.module):
                continue
            if is_standard_somewhere(use.module):
                continue  # executor-python-mismatch speaks of it
            if subject.libraries(code.journey).provides(use.module, setting) is not False:
                continue
            yield _missing(subject, code.journey, use.module, use.span)
        for annotation in annotated(code):
            if _lacks(subject, code, annotation.module):
                message = (
                    f"{annotation.module} is not on the executor ({setting.profile.name}), and the annotation travels "
                    "with the function. Quote it."
                )
                yield Diagnostic(
                    CODE, KIND, "error", annotation.span, message, (code.journey.name,), EXECUTOR,
                    quoted(subject.evidence, code.body.cell, annotation.node),
                )  # fmt: skip
        for attempt in attempts(code):
            if _lacks(subject, code, attempt.module):
                yield _of_attempt(subject, code, attempt)
        wrapping = [each for each in decorators_of_values(code) if each[1].partition(".")[0] in WRAPPING]
        for span, module, _ in (*modules_of_values(code), *wrapping):
            known = setting.in_runtime(module) or setting.is_local_file(module) or is_standard_somewhere(module)
            if known or module.partition(".")[0] == "odps":
                continue
            if subject.libraries(code.journey).provides(module, setting) is False:
                yield _missing(subject, code.journey, module, span)
    for call in subject.calls:
        for path in call.library:
            module = path.rpartition(".")[0]
            known = setting.in_runtime(module) or setting.is_local_file(module) or module.startswith(("builtins", "<"))
            if not known and not may_have_any(subject.evidence):
                span = Span(call.cell, call.line, call.column, call.end_line, call.end_column)
                yield _diagnostic(module, span, path, setting.profile.name)


def _lacks(subject: Subject, code: ShippedCode, module: str | None) -> bool:
    """Whether a package is missing on the executor, whatever library is in force."""
    setting = subject.setting
    if module is None or setting.in_runtime(module) or setting.is_local_file(module) or is_standard_somewhere(module):
        return False
    return subject.libraries(code.journey).provides(module, setting) is False


def _of_attempt(subject: Subject, code: ShippedCode, attempt: Attempt) -> Diagnostic:
    """A package imported outside only where there is one: a hint, unless what stands in for it is missing, too."""
    profile, module = subject.setting.profile.name, attempt.module
    if attempt.others and all(_lacks(subject, code, other) for other in attempt.others):
        return _diagnostic(module, attempt.span, code.journey.name, profile, None)
    message = (
        f"Where the client has {module}, it travels by name instead of what stands in for it, and the executor "
        f"({profile}) does not have it. Try to import it in the body."
    )
    fix = None
    if not _does_more(attempt.tried):
        fix = copied_into_body(subject.evidence, code.body.cell, code.facts.node, attempt.tried, attempt.cell)
    return Diagnostic(CODE, KIND, "hint", attempt.span, message, (code.journey.name,), fix=fix)


def _does_more(tried: ast.Try) -> bool:
    """Whether the statement does more than import, and say what stands in for it."""
    parts = [*tried.body, *tried.orelse, *tried.finalbody, *(part for each in tried.handlers for part in each.body)]
    return any(
        not isinstance(part, (ast.Import, ast.ImportFrom, ast.Pass))
        and not (isinstance(part, ast.Assign) and isinstance(part.value, ast.Constant))
        for part in parts
    )


def _missing(subject: Subject, journey: Journey, module: str, span: Span) -> Diagnostic:
    """A resource that is referenced for a DataWorks node is in the project, and functions lack it all the same."""
    profile = subject.setting.profile.name
    reference = reference_with(subject.evidence, module)
    if reference is None:
        return _diagnostic(module, span, journey.name, profile, _library(subject, journey, module))
    message = (
        f"{module} is not on the executor ({profile}): {reference} is referenced for the code here, and functions have "
        "it only where libraries= names it."
    )
    fix = with_library(subject.evidence, journey, reference, subject.setting, safe=False)
    return Diagnostic(CODE, KIND, "error", span, message, (journey.name,), EXECUTOR, fix)


def _library(subject: Subject, journey: Journey, module: str) -> Fix | None:
    """Name the resource that brings ``module``; not safe, as what it needs itself may be in yet another one."""
    library = subject.setting.library_with(module)
    if library is None:
        return None
    return with_library(subject.evidence, journey, library, subject.setting, safe=False)


def _diagnostic(module: str, span: Span, function: str, profile: str, fix: Fix | None = None) -> Diagnostic:
    message = (
        f"{module} is not on the executor ({profile}) and no library in force holds it. "
        f"Pack it, in a notebook by `%odps pack {module.partition('.')[0]} --use`, or name an archive that holds it in "
        "libraries=."
    )
    return Diagnostic(CODE, KIND, "error", span, message, (function,), EXECUTOR, fix)
