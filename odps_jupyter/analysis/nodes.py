"""The nodes in a node, without what nobody asks about: names' contexts, operators, texts and numbers."""

from __future__ import annotations

import ast

#: Fields that hold no nodes, or such as nobody asks about.
_NO_NODES = frozenset(
    {
        "ctx", "op", "ops", "type_comment", "id", "attr", "names", "level", "kind", "simple", "tag", "arg", "rest",
        "kwd_attrs", "module", "asname", "conversion", "is_async", "str",
    }
)  # fmt: skip
_LEAVES = frozenset({ast.Constant, ast.Name, ast.Pass})
#: Lists that hold None for what is not written: the key of ``**more``, the default of a parameter that has none.
_GAPS = frozenset({"keys", "kw_defaults"})
#: The fields of each kind of node that hold nodes, in source order.
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes in ``node``, in the order of its fields."""
    cls = node.__class__
    names = _FIELDS.get(cls)
    if names is None:
        names = () if cls in _LEAVES else tuple(name for name in cls._fields if name not in _NO_NODES)
        _FIELDS[cls] = names
    found: list[ast.AST] = []
    for name in names:
        value = getattr(node, name, None)
        if value.__class__ is list:
            found += value if name not in _GAPS else [item for item in value if item is not None]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(*nodes: ast.AST) -> list[ast.AST]:
    """``nodes`` and all in them, level by level, as `ast.walk` goes.

    Left out are the nodes of :data:`_NO_NODES`: contexts (``Load``, ``Store``, ``Del``), operators (``Add``, ``Eq``,
    ``And``, ``Not``) and the ``alias`` of imports. A constant, a name and ``pass`` hold nothing.
    """
    found = list(nodes)
    for node in found:
        found += children(node)
    return found
