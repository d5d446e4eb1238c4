"""Cells as IPython compiles them, and executors that load what they define: the real interpreters, PyODPS's loader."""

from __future__ import annotations

import base64
import itertools
import json
import linecache
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from odps.lib import cloudpickle

from odps_jupyter.backends.source.shipping import pickle_as_source
from tests.pythons import required

TAGS = {"cp27": (2, 7), "cp37": (3, 7), "cp311": (3, 11)}
_NUMBERS = itertools.count(1)
#: Loads each pickle with PyODPS's own unpickler, as a generated function does, and tells what it answers.
_EXECUTOR = """
import base64, json, sys, traceback
main, space = sys.modules["__main__"], {"__name__": "generated"}
exec(compile(open(sys.argv[1]).read(), "generated.py", "exec"), space)
implementation = tuple(json.loads(sys.argv[2]))
answers = []
for pickled, arguments in json.loads(sys.stdin.read()):
    sys.modules["__main__"] = module = type(sys)("__main__")
    try:
        function = space["loads"](base64.b64decode(pickled), impl=implementation)
        answers.append([function(*one) for one in arguments])
    except Exception:
        answers.append({"error": traceback.format_exc()})
sys.stdout.write("ANSWERS" + json.dumps(answers))
"""


def run_cell(source: str, space: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a cell defines; ``space`` is what was defined before."""
    file = f"<cell {next(_NUMBERS)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {"__name__": "__main__"} if space is None else space
    exec(compile(source, file, "exec", dont_inherit=True), space)
    return space


def pickled(function: Any, tag: str) -> bytes:
    """As PyODPS pickles it, with source."""
    return pickle_as_source(cloudpickle.dumps(function), TAGS[tag], lambda _: None)


def interpreter(tag: str) -> Path:
    """The executor's Python."""
    return Path(required(TAGS[tag]).executable)


def answers(tag: str, asked: list[tuple[bytes, list[list[Any]]]]) -> list[Any]:
    """What the executor answers to each pickled function for each list of arguments, through JSON."""
    done = subprocess.run(
        [str(interpreter(tag)), "-c", _EXECUTOR, str(Path(cloudpickle.__file__)), json.dumps([*TAGS[tag], "cpython"])],
        input=json.dumps([(base64.b64encode(data).decode(), arguments) for data, arguments in asked]),
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        cwd=os.sep,
    )
    assert "ANSWERS" in done.stdout, done.stdout + done.stderr[-3000:]
    return list(json.loads(done.stdout.partition("ANSWERS")[2]))


NEWER = sys.version_info[:2] > (3, 11)
