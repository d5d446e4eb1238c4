"""Code objects in a pickle: which nodes are one, and the object itself, made without loading the pickle."""

from __future__ import annotations

from types import CodeType
from typing import Any

from odps_jupyter.backends.pickled import Node, Unreadable

#: A pickle without these bytes holds no code, however much else it holds.
HOLDS_CODE = b"CodeType"
_MAKES_TYPES = ("odps.lib.cloudpickle", "_builtin_type")
_FILLS = ("odps.lib.cloudpickle", "_fill_function")
_BUILTINS = frozenset({"__builtin__", "builtins"})


def is_code(node: Node) -> bool:
    """Whether PyODPS 0.13.2's ``CloudPickler.save_codeobject`` wrote this node."""
    if node.kind != "call" or len(node.parts) < 2:
        return False
    made = node.parts[0]
    return (
        made.kind == "call"
        and made.parts[0].value == _MAKES_TYPES
        and [part.value for part in made.parts[1].parts] == ["CodeType"]
    )


def is_function(node: Node) -> bool:
    """Whether ``CloudPickler.save_function_tuple`` wrote this node, which is a function with all it needs."""
    return node.kind == "call" and node.parts[0].value == _FILLS and len(node.parts[1].parts) == 2


def code_in(function: Node) -> Node:
    """The node of the code of a function's node."""
    return function.parts[1].parts[0].parts[1].parts[0]


def code_of(node: Node) -> CodeType:
    """The code object of a node that is one.

    Raises:
        Unreadable: it holds a constant that no compiler makes.
    """
    return CodeType(*(_constant(part) for part in node.parts[1].parts))


def _constant(node: Node) -> Any:
    if node.kind == "atom":
        return node.value
    if node.kind == "tuple":
        return tuple(_constant(part) for part in node.parts)
    if is_code(node):
        return code_of(node)
    if node.kind == "call" and node.parts[0].kind == "global":
        module, name = node.parts[0].value
        arguments = node.parts[1].parts
        if (module, name) == ("_codecs", "encode"):
            return str(arguments[0].value).encode("latin1")
        if module in _BUILTINS and name == "bytes" and not arguments:
            return b""
        if module in _BUILTINS and name == "frozenset":
            return frozenset(_constant(part) for part in arguments[0].parts)
        if module in _BUILTINS and name == "complex":
            return complex(*(_constant(part) for part in arguments))
        if (module, name) == ("odps.lib.cloudpickle", "_gen_ellipsis"):
            return ...
    raise Unreadable(f"code holds a constant of the kind {node.kind}")
