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
from odps_jupyter.sizes import in_words

from .facts import cell_facts, dotted
from .model import Diagnostic
from .subject import Subject

CODE, KIND = "ODP123", "large-capture"
LARGE_BYTES = 8_000_000
#: A quick look before the tree: what is large is written with a whole number of some length, or as a product.
_NUMBER = re.compile(r"(?<!\.)\b\d[\d_]{2,}|\*")
#: Functions of NumPy that make an array of the size given first, of 8-byte numbers unless told otherwise.
_ARRAYS = frozenset({"zeros", "ones", "empty", "arange", "rand", "randn", "random", "full", "linspace", "normal"})
#: Bytes of the items of an array by the name of their type.
_WIDTHS = {
    **dict.fromkeys(("float", "int", "float64", "int64", "uint64", "complex64"), 8),
    **dict.fromkeys(("float32", "int32", "uint32"), 4),
    **dict.fromkeys(("float16", "int16", "uint16"), 2),
    **dict.fromkeys(("bool", "int8", "uint8"), 1),
}
#: Names bound to names bound to names: no further than this.
_NAMES = 3


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
                    f"{name} is about {in_words(size)}{where} and travels with the function. Pass it as a resource, "
                    "or join a table."
                )
                yield Diagnostic(CODE, KIND, "warning", code.span(used), message, (code.journey.name,))


def _size(evidence: Evidence, name: str) -> int:
    """Bytes of the one literal construction ``name`` is bound to; 0 where that is not one."""
    cells = evidence.writers.get(name, ())
    if len(cells) != 1 or not _NUMBER.search(evidence.cells[cells[0]].source):
        return 0
    assigned = cell_facts(evidence, cells[0]).assigned(name)
    return _bytes(evidence, assigned[0].value) if len(assigned) == 1 else 0


def _bytes(evidence: Evidence, node: ast.expr) -> int:
    if isinstance(node, ast.Call):
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        width = _width(node.keywords)
        if function in _ARRAYS and node.args and width:
            count = 1
            for argument in node.args if function in ("rand", "randn") else node.args[:1]:
                for size in argument.elts if isinstance(argument, (ast.Tuple, ast.List)) else [argument]:
                    count *= _number(evidence, size)
            return width * count
        if function == "list" and len(node.args) == 1 and isinstance(node.args[0], ast.Call):
            inner = node.args[0]
            if getattr(inner.func, "id", "") == "range" and len(inner.args) == 1:
                return 4 * _number(evidence, inner.args[0])
        if function in ("bytes", "bytearray") and len(node.args) == 1:
            return _number(evidence, node.args[0])
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp)):
        made = [each.iter for each in node.generators if not each.ifs]
        if len(made) == len(node.generators) == 1 and isinstance(made[0], ast.Call) and len(made[0].args) == 1:
            counted = _number(evidence, made[0].args[0]) if dotted(made[0].func) == "range" else 0
            return counted * (8 if isinstance(node, ast.DictComp) else 4)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = node.left, node.right
        if isinstance(left, ast.List):
            return len(left.elts) * 2 * _number(evidence, right)
        if isinstance(left, ast.Constant) and not isinstance(left.value, int):
            return len(str(left.value)) * _number(evidence, right)
    return 0


def _width(keywords: list[ast.keyword]) -> int:
    """Bytes of one item of an array; 0 where a keyword may say something else."""
    if not keywords:
        return 8
    if len(keywords) > 1 or keywords[0].arg != "dtype":
        return 0
    said = keywords[0].value
    name = said.value if isinstance(said, ast.Constant) else dotted(said).rpartition(".")[2]
    return _WIDTHS.get(name, 0) if isinstance(name, str) else 0


def _number(evidence: Evidence, node: ast.expr, depth: int = 0) -> int:
    """A literal integer, a name bound once to one, a product or power of such; 0 for anything else."""
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.Name) and depth < _NAMES:
        cells = evidence.writers.get(node.id, ())
        bound = cell_facts(evidence, cells[0]).storing(node.id) if len(cells) == 1 else ()
        only = bound[0] if len(bound) == 1 else None
        return _number(evidence, only.value, depth + 1) if isinstance(only, ast.Assign) else 0
    if isinstance(node, ast.BinOp):
        left, right = _number(evidence, node.left, depth), _number(evidence, node.right, depth)
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.Pow) and 0 < right < 64:
            return int(left**right)
    return 0
