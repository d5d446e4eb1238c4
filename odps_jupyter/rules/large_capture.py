"""A captured value of many megabytes travels in the pickle.

It is sent with every job, stored as a resource, and loaded by every worker.

Example::

    weights = np.zeros(10_000_000)
    df.i.map(lambda i: float(weights[i]))

Fix: upload it as a resource and pass it with ``resources=[...]``, or join a table.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Evidence
from odps_jupyter.analysis.values import Items, Mapping, Opaque

from .model import Diagnostic
from .subject import Subject

CODE, KIND = "ODP123", "large-capture"
LARGE_BYTES = 8_000_000
#: A quick look before the tree: what is large is written with a number of some length, or as a product.
_NUMBER = re.compile(r"\b\d[\d_]{2,}|\*")
#: Functions of NumPy that make an array of the size given first, of 8-byte numbers unless told otherwise.
_ARRAYS = frozenset({"zeros", "ones", "empty", "arange", "rand", "randn", "random", "full", "linspace", "normal"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for name in code.body.names:
            held = code.outside(name)
            live = 0 if name in code.body.closed else subject.evidence.sizes.get(name, 0)
            if not isinstance(held, (Opaque, Items, Mapping)) and not (held is None and live):
                continue
            used = code.reads(name)
            written = _size(subject.evidence, name) if used is not None else 0
            size = written or live
            if used is not None and size >= LARGE_BYTES:
                where = "" if written else " in the kernel"
                message = (
                    f"{name} is about {size / 1e6:.0f} MB{where} and travels with the function. Pass it as a resource, "
                    "or join a table."
                )
                yield Diagnostic(CODE, KIND, "warning", code.span(used), message, (code.journey.name,))


def _size(evidence: Evidence, name: str) -> int:
    """Bytes of the one literal construction ``name`` is bound to; 0 where that is not one."""
    cells = evidence.writers.get(name, ())
    if len(cells) != 1 or not _NUMBER.search(evidence.cells[cells[0]].source):
        return 0
    values = [
        statement.value
        for statement in evidence.tree(cells[0]).body
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
    ]
    return _bytes(values[0]) if len(values) == 1 else 0


def _bytes(node: ast.expr) -> int:
    if isinstance(node, ast.Call):
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if function in _ARRAYS and node.args and not node.keywords:
            count = 1
            for argument in node.args if function in ("rand", "randn") else node.args[:1]:
                for size in argument.elts if isinstance(argument, (ast.Tuple, ast.List)) else [argument]:
                    count *= _number(size)
            return 8 * count
        if function == "list" and len(node.args) == 1 and isinstance(node.args[0], ast.Call):
            inner = node.args[0]
            if getattr(inner.func, "id", "") == "range" and len(inner.args) == 1:
                return 4 * _number(inner.args[0])
        if function in ("bytes", "bytearray") and len(node.args) == 1:
            return _number(node.args[0])
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = node.left, node.right
        if isinstance(left, (ast.List, ast.Constant)):
            each = len(left.elts) * 2 if isinstance(left, ast.List) else len(str(left.value))
            return each * _number(right) if not (isinstance(left, ast.Constant) and isinstance(left.value, int)) else 0
    return 0


def _number(node: ast.expr) -> int:
    """A literal integer, a product or power of such; 0 for anything else."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.BinOp):
        left, right = _number(node.left), _number(node.right)
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Pow) and 0 < right < 64:
            return int(left**right)
    return 0
