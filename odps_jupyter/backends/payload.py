"""What a pickled callable consists of: pieces of code, what each captured, the modules it needs.

Follows how PyODPS 0.13.2's bundled cloudpickle writes functions (``_fill_function`` on ``_make_skel_func``) and
classes (``_rehydrate_skeleton_class``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from .literals import literal
from .pickled import Node
from .shipment import Captured, Piece
from .source.reading import source_in
from .sources import Compiled, Found, find_class, find_function, found_in, plain


@dataclass(frozen=True)
class Place:
    """A cell by its number, as in ``In[3]``, and the lines of it ``above`` those that were compiled."""

    cell: int
    above: int = 0


#: The cell that was compiled under a file name, None where it is no cell's.
Locate = Callable[[str], Place | None]
_CLOUDPICKLE = "odps.lib.cloudpickle"
#: What every pickle of the bundled cloudpickle names without needing it for the user's sake.
_MACHINERY = frozenset({"odps", "_codecs", "copyreg", "copy_reg", "__builtin__", "builtins", "__main__"})
_OLD_BUILTINS = "__builtin__"
#: Positions in the arguments of ``types.CodeType`` of Python 3.11 and newer, the oldest that this package runs on.
_CODE, _CONSTANTS, _FILENAME, _NAME, _QUALNAME, _FIRST_LINE, _FREE = 6, 7, 10, 11, 12, 13, 16
_ARGUMENTS, _KEYWORD_ONLY, _VARIABLES = 0, 2, 9


@dataclass(frozen=True)
class _Code:
    """The code of one pickled function: of what ``_make_skel_func`` is called with, what is needed here.

    ``found`` is the source it travels as, None where it travels as bytecode.
    """

    name: str
    qualname: str
    file: str
    line: int
    compiled: Compiled | None
    free: tuple[str, ...]
    arguments: tuple[str, ...]
    found: Found | None = None


def contents(root: Node, locate: Locate) -> tuple[str, tuple[Piece, ...], tuple[str, ...]]:
    """The name of the pickled callable, its pieces of code, and the top-level modules that loading it imports."""
    held = [node for node in root.walk() if _called(node) in {"_fill_function", "_rehydrate_skeleton_class"}]
    methods = {id(one) for node in held if _called(node) == "_rehydrate_skeleton_class" for one in _methods(node)}
    names = _names(held)
    pieces = [
        piece
        for node in held
        if id(node) not in methods
        for piece in [_named(_piece(node, locate), node, names)]
        if not _is_pyodps(piece)
    ]
    modules = {name.partition(".")[0] for node in root.walk() for name in _imported(node)} - _MACHINERY
    return pieces[0].name if pieces else type_of(root), tuple(pieces), tuple(sorted(modules))


def _names(held: list[Node]) -> dict[int, list[str]]:
    """The names by which functions find code, by the identity of its node."""
    found: dict[int, list[str]] = {}
    for node in held:
        if _called(node) == "_fill_function":
            for name, value in _outside(node, _code(node)):
                found.setdefault(id(value), []).append(name)
    return found


def _named(piece: Piece, node: Node, names: dict[int, list[str]]) -> Piece:
    # Code that refers to itself, or is referred to while it is made, is mentioned by what it is filled into.
    known = [*names.get(id(node), ()), *names.get(id(_arguments(node)[0]), ())]
    return replace(piece, names=tuple(dict.fromkeys(name for name in known if name != piece.name.rpartition(".")[2])))


def _piece(node: Node, locate: Locate) -> Piece:
    if _called(node) == "_fill_function":
        code = _code(node)
        found = code.found or find_function(code.file, code.line, code.name, code.compiled)
        name, kind = _name(code.qualname), "lambda" if code.name == "<lambda>" else "function"
        captures = list(_captures(node, code))
        return _made(name, kind, code, found, captures, locate)
    name = str(_skeleton(node).parts[0].value)
    methods = list(_methods(node))
    codes = [_code(method) for method in methods]
    captures = [capture for method, code in zip(methods, codes, strict=True) for capture in _captures(method, code)]
    captures += [
        capture
        for key, held in _arguments(node)[1].items()
        if not (isinstance(key, str) and key.startswith("__")) and not _is_code(held)
        for capture in [_capture(f"{name}.{key}", held)]
        if capture is not None
    ]
    first = min(codes, key=lambda code: code.line, default=_Code(name, name, "", 0, None, (), ()))
    return _made(name, "class", first, find_class(first.file, first.line, name), captures, locate)


def _made(
    name: str,
    kind: Literal["function", "lambda", "class"] | str,
    code: _Code,
    found: Any,
    captures: list[Captured],
    locate: Locate,
) -> Piece:
    place = locate(code.file)
    return Piece(
        name=name,
        kind=kind,  # type: ignore[arg-type]
        file=code.file,
        line=(found.line if found else code.line) + (place.above if place else 0),
        cell=place.cell if place else None,
        source=found.text if found else None,
        captures=tuple({capture.name: capture for capture in captures}.values()),
        imports=found.imports if found else (),
    )


def _captures(function: Node, code: _Code) -> Iterator[Captured]:
    """What a function found outside, and the values of its defaults."""
    state = _arguments(function)[1]
    named = _outside(function, code)
    defaults = state.get("defaults")
    values = defaults.parts if defaults else []
    if values:
        named += zip((f"{name}=" for name in code.arguments[-len(values) :]), values, strict=False)
    for given in function.parts[2:]:  # of keyword-only parameters, where code travels as source
        named += [(f"{name}=", held) for keywords in given.parts[1].parts[1::2] for name, held in keywords.items()]
    for name, held in named:
        capture = _capture(name, held)
        if capture is not None:
            yield capture


def _outside(function: Node, code: _Code) -> list[tuple[str, Node]]:
    """The globals that a function reads, and the variables of the functions around it."""
    state = _arguments(function)[1]
    outside = state.get("globals")
    closed = state.get("closure_values")
    return [*(outside.items() if outside else ()), *zip(code.free, closed.parts if closed else (), strict=False)]


def _capture(name: str, held: Node) -> Captured | None:
    """None for code, which is a piece of its own, and for a variable that had no value."""
    if _is_code(held) or held.value == (_CLOUDPICKLE, "_empty_cell_value"):
        return None
    called = _called(held)
    if called == "subimport":
        module = str(_arguments(held)[0].value)
        return Captured(name, module, held.size, "reference", module)
    if called == "_restore_attr":
        held = _arguments(held)[0]
    if held.kind == "global":
        module, attribute = held.value
        module = "builtins" if module == _OLD_BUILTINS else module
        return Captured(name, f"{module}.{attribute}", held.size, "reference", module)
    return Captured(name, type_of(held), held.size, "value", literal=literal(held))


def type_of(node: Node) -> str:
    """The name of the type of a value, or of what makes it."""
    if node.kind != "call":
        return node.kind if node.kind != "atom" else type(node.value).__name__
    made = node
    # copyreg._reconstructor(cls, ...) and numpy's _reconstruct(cls, ...) name the class first.
    if _called(made) in {"_reconstructor", "_reconstruct", "__newobj__"} and _arguments(made):
        made = _arguments(made)[0]
    else:
        made = made.parts[0]
    while made.kind == "call":
        if _called(made) == "_rehydrate_skeleton_class":
            return str(_skeleton(made).parts[0].value)
        made = made.parts[0]
    if made.kind != "global":
        return "object"
    module, name = made.value
    return "bytes" if (module, name) == ("_codecs", "encode") else _dotted(module, name)


def _dotted(module: str, name: str) -> str:
    return name if module in {_OLD_BUILTINS, "builtins"} else f"{module}.{name}"


def _called(node: Node) -> str | None:
    """The plain name of what a call calls."""
    if node.kind != "call" or not node.parts or node.parts[0].kind != "global":
        return None
    return str(node.parts[0].value[1])


def _arguments(call: Node) -> list[Node]:
    return call.parts[1].parts if len(call.parts) > 1 else []


def _skeleton(node: Node) -> Node:
    """The arguments (name, bases, keywords) of the class that is filled in."""
    return _arguments(node)[0].parts[1]


def _is_code(node: Node) -> bool:
    if _called(node) in {"_make_skel_func", "_fill_function", "_rehydrate_skeleton_class"}:
        return True
    return _called(node) in {"staticmethod", "classmethod"} and any(_is_code(held) for held in _arguments(node))


def _methods(node: Node) -> Iterator[Node]:
    for _, held in _arguments(node)[1].items():
        for one in (held, *_arguments(held)) if _called(held) in {"staticmethod", "classmethod"} else (held,):
            if _called(one) == "_fill_function":
                yield one


def _code(function: Node) -> _Code:
    skeleton = _arguments(function)[0]
    source = source_in(_arguments(skeleton)[0])
    if source is not None:
        found, positional = found_in(source.text, source.line)
        qualname = _arguments(function)[1].get("qualname")
        name = source.path[-1] if qualname is None else str(qualname.value)
        return _Code(source.path[-1], name, source.file, source.line, None, source.free, positional, found)
    parts = _arguments(_arguments(skeleton)[0])
    variables = [str(part.value) for part in parts[_VARIABLES].parts]
    count = parts[_ARGUMENTS].value
    encoded = _arguments(parts[_CODE])
    return _Code(
        name=str(parts[_NAME].value),
        qualname=str(parts[_QUALNAME].value),
        file=str(parts[_FILENAME].value),
        line=int(parts[_FIRST_LINE].value),
        compiled=Compiled(str(encoded[0].value).encode("latin1"), plain(part.value for part in parts[_CONSTANTS].parts))
        if encoded
        else None,
        free=tuple(str(part.value) for part in parts[_FREE].parts),
        arguments=tuple(variables[:count]),
    )


def _imported(node: Node) -> Iterator[str]:
    """The modules that loading ``node`` imports."""
    if node.kind == "global":
        yield str(node.value[0])
    elif _called(node) == "subimport":
        yield str(_arguments(node)[0].value)


def _name(qualname: str) -> str:
    """As the analysis names it: ``outer.inner``, and ``lambda`` wherever one stands."""
    if qualname.endswith("<lambda>"):
        return "lambda"
    return ".".join(part for part in qualname.split(".") if not part.startswith("<"))


def _is_pyodps(piece: Piece) -> bool:
    import odps

    return Path(odps.__file__).parent in Path(piece.file).parents
