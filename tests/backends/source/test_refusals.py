"""What cannot travel as source is told before anything is sent, at its place and with what to do."""

from __future__ import annotations

import gc
import linecache
import sys
from pathlib import Path
from typing import Any

import pytest
from odps.lib import cloudpickle

from odps_jupyter.backends.payload import Place
from odps_jupyter.backends.source.shipping import CannotShip, pickle_as_source

from .cells import pickled, run_cell


def refusal(function: Any, tag: str = "cp37") -> CannotShip:
    with pytest.raises(CannotShip) as caught:
        pickled(function, tag)
    assert str(caught.value).count("Nothing was submitted.") == 1
    return caught.value


def test_a_function_without_source() -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec("def made(x):\n    return x\n", space)
    refused = refusal(space["made"])
    assert refused.message.startswith("made (line 1) cannot travel as source: it has no source: a program made it")
    assert refused.hint is not None
    assert refused.hint.startswith("Write it out with `def` or `class` in a cell.")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("def f(x):\n    return x + 2\n", "it has other source now than when it was defined"),
        ("def f(x):\n    return x - 1\n", "it has other source now than when it was defined"),
        ("\ndef f(x):\n    return x + 1\n", "is not on line 1 of"),
        ("g = 1\n", "is not on line 1 of"),
        ("def f(x:\n", "it has no source that can be read"),
        (None, "it has no source"),
    ],
)
def test_a_file_that_changed_since(tmp_path: Path, after: str | None, said: str) -> None:
    file = tmp_path / "work.py"
    file.write_text("def f(x):\n    return x + 1\n")
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(file.read_text(), str(file), "exec"), space)
    pickled(space["f"], "cp37")
    if after is None:
        file.unlink()
    else:
        file.write_text(after)
    linecache.cache.pop(str(file), None)
    assert said in str(refusal(space["f"]))


def test_a_changed_file_is_seen_although_python_remembers_it(tmp_path: Path) -> None:
    file = tmp_path / "work.py"
    file.write_text("def f(x):\n    return x + 1\n")
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(file.read_text(), str(file), "exec"), space)
    linecache.getlines(str(file))
    file.write_text("\n\ndef f(x):\n    return x + 1\n")
    # What is sent is what runs here; the file is what a reader of the traceback would look at.
    assert b"return x + 1" in pickled(space["f"], "cp37")


@pytest.mark.parametrize(
    ("source", "tag", "line", "said"),
    [
        ("def f(x):\n    y = 1\n    return (z := x)\n", "cp37", 3, "named expressions"),
        ("def f(x):\n\n    match x:\n        case 1: return 2\n", "cp37", 3, "pattern matching"),
        (
            "def outer(k):\n    def f(x, /):\n        return x + k\n    return f\nf = outer(1)\n",
            "cp37",
            2,
            "positional",
        ),
        ("\nf = lambda x: (\n    x, (y := x))\n", "cp37", 2, "named expressions"),
        ("def f(x):\n    return f'{x}'\n", "cp27", 2, "f-strings"),
        ("class C:\n    def m(self):\n        return super().m()\ndef f(x):\n    return C()\n", "cp27", 3, "super()"),
    ],
)
def test_syntax_that_the_executor_cannot_read(source: str, tag: str, line: int, said: str) -> None:
    function = run_cell(source)["f"]
    with pytest.raises(CannotShip) as caught:
        pickle_as_source(cloudpickle.dumps(function), (int(tag[2]), int(tag[3:])), lambda _: Place(5, 2))
    message = caught.value.message
    assert f"(cell 5, line {line + 2}) cannot travel as source: it has what Python {tag[2]}.{tag[3:]} cannot" in message
    assert said in message
    assert "choose a newer executor with --python" in str(caught.value.hint)


def test_what_the_executor_reads_is_not_refused() -> None:
    function = run_cell("def f(x):\n    match x:\n        case 1: return (y := 2)\n")["f"]
    assert pickled(function, "cp311")


@pytest.mark.parametrize(
    "body", ["return f'{x['a']}'", "type X = int; return X", "def g[T](y: T): return y\n    return g"]
)
def test_syntax_newer_than_the_newest_executor(body: str) -> None:
    cell = f"def f(x):\n    {body}\n"
    if sys.version_info < (3, 12):
        with pytest.raises(SyntaxError):  # such a cell never runs here
            run_cell(cell)
    else:
        assert "cannot read" in str(refusal(run_cell(cell)["f"], "cp311"))


def test_an_expression_too_deep_to_look_through() -> None:
    deep = run_cell(f"def f(x):\n    return {'+'.join(['x'] * 2000)}\n")["f"]
    assert "nested too deeply to be looked through" in str(refusal(deep))


@pytest.mark.parametrize(("one", "other"), [("[1]", "[2]"), ("1", "True"), ("0.0", "-0.0"), ("1000", "1001")])
def test_keyword_defaults_that_nobody_knows_for_sure(one: str, other: str) -> None:
    two = run_cell(
        "def make(v):\n    def f(x, *, k=v):\n        return x + k\n    return f\n"
        f"one, other = make({one}), make({other})\n"
    )
    assert "was made several times with different defaults" in str(refusal(two["one"]))


@pytest.mark.parametrize("value", ["0.5", "[]", "1000", "'a b'", "float('nan')", "{'a': [1, 'b']}", "print", "None"])
def test_keyword_defaults_of_a_cell_that_ran_again(value: str) -> None:
    source = f"def f(x, *, k={value}):\n    return x\n"
    first = run_cell(source)["f"]
    file = first.__code__.co_filename
    space: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, file, "exec", dont_inherit=True), space)
    assert space["f"] is not first
    assert space["f"].__code__ is not first.__code__
    assert pickled(space["f"], "cp37") == pickled(first, "cp37")


def test_keyword_defaults_of_a_function_that_nothing_but_a_cycle_holds() -> None:
    source = "def make(v):\n    def f(x, *, k=v):\n        return x\n    return f\nold, f = make([1]), make([2])\n"
    space = run_cell(source)
    space["old"].itself = space["old"]
    enabled = gc.isenabled()
    gc.disable()  # or it may have gone before it is looked for
    try:
        del space["old"]
        assert pickled(space["f"], "cp37")
    finally:
        if enabled:
            gc.enable()


def test_keyword_defaults_that_cannot_be_pickled_are_the_same_as_themselves_alone() -> None:
    make = "def make(v):\n    def f(x, *, k=v):\n        return x\n    return f\n"
    two = run_cell(f"import threading\n{make}one, other = make(threading.Lock()), make(threading.Lock())\n")
    assert "was made several times with different defaults" in str(refusal(two["one"]))


def test_keyword_defaults_that_hold_their_function() -> None:
    space = run_cell("def f(x, *, g=None):\n    return x\nf.__kwdefaults__['g'] = f\n")
    assert "hold one another" in str(refusal(space["f"]))


def test_a_cell_that_awaits_and_one_compiled_by_statements() -> None:
    import ast

    source = "import math\nawaited = 1\ndef f(x):\n    return math.floor(x)\n"
    space = run_cell(source)
    assert pickled(space["f"], "cp37")
    file = space["f"].__code__.co_filename
    for node in ast.parse(source).body:  # as IPython does
        exec(compile(ast.Module([node], []), file, "exec"), space)
    assert pickled(space["f"], "cp37")
    awaiting = source + "if awaited:\n    await math\n"
    linecache.cache[file] = (len(awaiting), None, awaiting.splitlines(keepends=True), file)
    assert pickled(space["f"], "cp37")


FORM_FEEDS = [
    "x = 1\n\x0c\ndef f(x):\n    return x + 1\n",
    "x = 1\n\x0cdef f(x):\n    return x + 1\n",
    "if 1:\n    y = 2\n\x0c\n    def f(x):\n        return x + 1\n",
    "y = 2\n\x0cf = lambda x: x + 1\n",
    "def f(x):\n    '\u2028'\n    return x + 1\n",
]


@pytest.mark.parametrize("source", FORM_FEEDS)
def test_a_form_feed_ends_no_line_of_python(source: str) -> None:
    function = run_cell(source)["f"]
    restored = cloudpickle.loads(pickled(function, "cp311"))
    assert restored(1) == 2
    assert restored.__code__.co_firstlineno == function.__code__.co_firstlineno


@pytest.mark.parametrize("source", FORM_FEEDS)
def test_a_form_feed_that_ipython_lost(source: str) -> None:
    function = run_cell(source)["f"]
    file = function.__code__.co_filename
    kept = [f"{line}\n" for line in source.splitlines()]  # as its ``CachingCompiler.cache``
    linecache.cache[file] = (len(source), None, kept, file)
    with pytest.raises(CannotShip) as caught:
        pickle_as_source(cloudpickle.dumps(function), (3, 11), lambda _: Place(5))
    assert "cannot travel as source: it is not what IPython kept of its cell" in caught.value.message
    assert "form feed" in caught.value.message
    assert "Take such characters out of the cell" in str(caught.value.hint)
