"""Values of a pickle as Python text, where that is exact, short and tells nothing that was meant to stay private."""

from __future__ import annotations

from math import isfinite

from .pickled import Node

#: Characters of a literal in a listing.
LONGEST = 60
_BRACKETS = {"tuple": ("(", ")"), "list": ("[", "]")}


def literal(node: Node) -> str | None:
    """Numbers, truth values, None, and tuples, lists and dicts of them; None for all else.

    Texts are none of it: they may be anybody's name or password.
    """
    if node.size > LONGEST * 10:
        return None
    text = _text(node, depth=3)
    return text if text is not None and len(text) <= LONGEST else None


def _text(node: Node, depth: int) -> str | None:
    if node.kind == "atom":
        value = node.value
        exact = value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value))
        return repr(value) if exact else None
    if depth == 0 or node.kind not in {*_BRACKETS, "dict"}:
        return None
    parts = [_text(part, depth - 1) for part in node.parts]
    texts = [part for part in parts if part is not None]
    if len(texts) < len(parts):
        return None
    if node.kind == "dict":
        pairs = zip(texts[::2], texts[1::2], strict=True)
        return f"{{{', '.join(f'{key}: {value}' for key, value in pairs)}}}"
    opening, closing = _BRACKETS[node.kind]
    comma = "," if node.kind == "tuple" and len(texts) == 1 else ""
    return f"{opening}{', '.join(texts)}{comma}{closing}"
