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
                yield ("write" if set(mode) & set("wax+") else "read"), path.removeprefix("builtins."), call
        elif path in _READERS:
            if _literal_path(call):
                yield "read", path, call
        elif path in _WRITERS:
            yield "write", path, call
    for node in code.facts.calls:
        if isinstance(node.func, ast.Attribute) and _is_path(code, node.func.value):
            if node.func.attr in ("read_text", "read_bytes", "open"):
                yield "read", f"Path.{node.func.attr}", node
            elif node.func.attr in ("write_text", "write_bytes", "mkdir", "touch", "unlink"):
                yield "write", f"Path.{node.func.attr}", node


def _is_path(code: ShippedCode, node: ast.expr) -> bool:
    """Whether ``node`` is ``pathlib.Path('x')``, or a name that was given one outside the body."""
    if isinstance(node, ast.Call):
        return code.path(node.func) == "pathlib.Path"
    return isinstance(node, ast.Name) and code.outside(node.id) == Opaque("pathlib.Path")


def open_mode(call: ast.Call) -> str | None:
    """The mode a file is opened in; None where it is not literal."""
    given = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
    if given is None:
        return "r"
    return given.value if isinstance(given, ast.Constant) and isinstance(given.value, str) else None


def _literal_path(call: ast.Call) -> bool:
    """Whether it reads a file rather than a buffer."""
    return bool(call.args) and isinstance(call.args[0], (ast.Constant, ast.JoinedStr))
