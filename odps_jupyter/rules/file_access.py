"""Files that shipped code opens, and how."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from odps_jupyter.analysis.values import Opaque

from .calls import library_calls
from .subject import ShippedCode

Access = Literal["read", "write"]
_READERS = {
    "pandas.read_csv", "pandas.read_excel", "pandas.read_json", "pandas.read_parquet", "pandas.read_pickle",
    "pandas.read_table", "numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile", "joblib.load",
    "os.listdir", "os.scandir", "glob.glob", "linecache.getline", "json.load_file",
}  # fmt: skip
_WRITERS = {
    "os.mkdir", "os.makedirs", "os.remove", "os.unlink", "os.rename", "os.replace", "os.rmdir", "shutil.copy",
    "shutil.copyfile", "shutil.move", "shutil.rmtree", "numpy.save", "numpy.savetxt", "numpy.savez", "joblib.dump",
    "tempfile.mkdtemp", "tempfile.mkstemp", "tempfile.TemporaryDirectory", "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryFile",
}  # fmt: skip
#: Methods of pandas and of figures that write to what a path names.
_SAVING = frozenset({"to_csv", "to_parquet", "to_excel", "to_pickle", "to_feather", "to_hdf", "savefig"})
#: Methods of a path that give another.
_OF_PATH = frozenset({"joinpath", "with_name", "with_suffix", "expanduser", "absolute", "resolve"})
#: Deeper than this nobody looks, so that names bound to each other end.
_DEPTH = 8
#: The first three open what a path names; the others what is in a buffer too.
_BY_PATH = {"builtins.open", "io.open", "codecs.open"}
_OPENERS = _BY_PATH | {"gzip.open", "bz2.open", "lzma.open"}


def file_accesses(code: ShippedCode) -> list[tuple[Access, str, ast.Call]]:
    """Each call that reads or writes a file of the machine it runs on, with the function's name."""
    return code.kept(_file_accesses)


def _file_accesses(code: ShippedCode) -> list[tuple[Access, str, ast.Call]]:
    return list(_each_access(code))


def _each_access(code: ShippedCode) -> Iterator[tuple[Access, str, ast.Call]]:
    for path, call in library_calls(code):
        if path in _OPENERS:
            mode = open_mode(call)
            if mode is not None and (path in _BY_PATH or _literal_path(call)):
                yield _by_mode(mode), path.removeprefix("builtins."), call
        elif path in _READERS:
            if _literal_path(call):
                yield "read", path, call
        elif path in _WRITERS:
            yield "write", path, call
    for node in code.facts.calls:
        if isinstance(node.func, ast.Attribute) and node.func.attr in _SAVING and _literal_path(node):
            yield "write", node.func.attr, node
        if isinstance(node.func, ast.Attribute) and _is_path(code, node.func.value):
            mode = open_mode(node, 0) if node.func.attr == "open" else None
            if mode is not None:
                yield _by_mode(mode), "Path.open", node
            elif node.func.attr in ("read_text", "read_bytes"):
                yield "read", f"Path.{node.func.attr}", node
            elif node.func.attr in ("write_text", "write_bytes", "mkdir", "touch", "unlink"):
                yield "write", f"Path.{node.func.attr}", node


def _is_path(code: ShippedCode, node: ast.expr, depth: int = 0) -> bool:
    """Whether ``node`` is ``pathlib.Path('x')``, a path made of one, or a name that was given one."""
    if depth > _DEPTH:
        return False
    if isinstance(node, ast.Call):
        if code.path(node.func) == "pathlib.Path":
            return True
        method = node.func
        return isinstance(method, ast.Attribute) and method.attr in _OF_PATH and _is_path(code, method.value, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _is_path(code, node.left, depth + 1)
    if isinstance(node, ast.Attribute):
        return node.attr == "parent" and _is_path(code, node.value, depth + 1)
    if not isinstance(node, ast.Name):
        return False
    given = [
        change.value
        for change in code.facts.changes
        if isinstance(change, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == node.id for target in change.targets)
    ]
    if given:
        return all(_is_path(code, value, depth + 1) for value in given)
    return code.outside(node.id) == Opaque("pathlib.Path")


def _by_mode(mode: str) -> Access:
    return "write" if set(mode) & set("wax+") else "read"


def open_mode(call: ast.Call, place: int = 1) -> str | None:
    """The mode a file is opened in, given by ``place`` or name; None where it is not literal."""
    by_place = call.args[place : place + 1]
    given = by_place[0] if by_place else next((k.value for k in call.keywords if k.arg == "mode"), None)
    if given is None:
        return "r"
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _literal_path(call: ast.Call) -> bool:
    """Whether it reads a file rather than a buffer."""
    return bool(call.args) and isinstance(call.args[0], (ast.Constant, ast.JoinedStr))
