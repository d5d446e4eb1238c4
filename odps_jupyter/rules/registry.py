"""All rules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from .model import Diagnostic
from .subject import Notebook, Subject


@dataclass(frozen=True)
class Rule:
    """One rule; ``doc`` is its page: what it finds, why that fails on the executor, an example, the fix.

    It has a ``check`` of one shipped callable at a time, or one of the whole notebook.
    """

    code: str
    kind: str
    doc: str
    check: Callable[[Subject], Iterator[Diagnostic]] | None
    check_notebook: Callable[[Notebook], Iterator[Diagnostic]] | None


#: The modules of the rules, one each, by the alphabet.
_MODULES = (
    "agg_merge_untested", "binary_abi_mismatch", "bound_method_callable", "captured_mutation_lost",
    "client_python_unsupported", "dataframe_in_udf", "executor_python_mismatch", "large_capture",
    "keyword_default_lost",
    "late_binding_capture", "library_imported_locally", "local_file_read", "local_file_write", "local_module_code",
    "local_only_package", "module_imported_outside", "monkeypatch_not_shipped", "network_access",
    "numpy_supersede_missing", "odps_entry_in_udf", "pandas_backend_only_failure", "process_spawn", "thread_spawn",
    "unhashable_callable", "unmarshallable_buffer", "unpicklable_capture",
    "unusable_callable",
)  # fmt: skip


def _rule(name: str) -> Rule:
    module = import_module(f".{name}", __package__)
    check, whole = getattr(module, "check", None), getattr(module, "check_notebook", None)
    return Rule(module.CODE, module.KIND, inspect.cleandoc(module.__doc__ or ""), check, whole)


#: In the order of their codes.
RULES: tuple[Rule, ...] = tuple(sorted(map(_rule, _MODULES), key=lambda rule: rule.code))
