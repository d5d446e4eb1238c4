"""``%odps explain``: what was really sent, in a real kernel."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from .conftest import Kernel


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    outcome = kernel.run("%%odps\niris = o.get_table('pyodps_iris').to_df()")
    assert outcome.error is None, outcome.traceback
    return kernel


def test_the_code_as_the_executor_sees_it(prepared: Kernel) -> None:
    setting = prepared.run("import math\nimport numpy as np\nfrom json import dumps\ncoeffs = {'a': 1.5}")
    helper = prepared.run("def helper(x):\n    return x * coeffs['a']")
    outcome = prepared.run(
        "%%odps\ndef handle(x, digits=2):\n    import decimal\n"
        "    return round(helper(x) + math.sqrt(np.abs(x)) + len(dumps(1)), digits)\n"
        "iris.sepal_length.map(handle).sum().execute()"
    )
    assert outcome.error is None, outcome.traceback
    assert "! " not in outcome.text.replace("!=", "")  # predicted and sent agree
    text = prepared.run("%odps explain handle").text
    assert "import numpy as np" in text
    assert "from json import dumps" in text
    assert "coeffs = ..." in text
    assert "# dict," in text
    assert f"# cell {outcome.number}, line 2; imports decimal when it runs" in text
    assert f"# cell {helper.number}, line 1" in text
    assert text.index("def helper(x):") < text.index("def handle(x, digits=2):")
    assert "PyOdpsFunc" not in text
    full = prepared.done("%odps explain handle --full").text
    assert "def read_lib(lib, f):" in full
    assert "bytes of pickle>" in full
    assert "class PyOdpsFunc(object):" in full
    ast.parse(full)
    assert "pyodps_udf_" in text.split("---- SQL ----")[1]
    assert "odps.sql.python.version=cp311" in text or "local" in text
    assert setting.error is None


DECORATORS = """
import functools
from contextlib import contextmanager
def logged(f):
    @functools.wraps(f)
    def inner(x):
        return f(x) + 1
    return inner
def times(n):
    def around(f):
        @functools.wraps(f)
        def inner(x):
            return f(x) * n
        return inner
    return around
class Kept:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f = f
    def __call__(self, x):
        return self.f(x)
@contextmanager
def opened(x):
    yield x
with open('decorators.py', 'w') as file:
    _ = file.write('''
import functools
def plain(f):
    @functools.wraps(f)
    def inner(x):
        return f(x)
    return inner
''')
import decorators
rate = 2
"""
DECORATED = (
    "@logged\ndef {}(x):\n    return x * rate",
    "@times(3)\ndef {}(x):\n    return x * rate",
    "@logged\n@times(2)\ndef {}(x):\n    return x",
    "@Kept\ndef {}(x):\n    return x * rate",
    "@decorators.plain\ndef {}(x):\n    return x * rate",
    "def {}(x):\n    with opened(x) as given:\n        return given * rate",
    "{} = functools.partial(logged(lambda x: x * rate))",
)


@pytest.mark.parametrize("form", ["bytecode", "source"])
def test_decorated_functions_are_predicted(prepared: Kernel, form: str) -> None:
    prepared.done(DECORATORS)
    prepared.done(f"%odps ship {form}")
    try:
        for number, decorated in enumerate(DECORATED):
            name = f"decorated{number}"
            code = decorated.format(name)
            prepared.done(f"%%odps --no-preflight\n{code}\niris.sepal_length.map({name}, 'float').sum().execute()")
            text = prepared.done("%odps explain").text
            ast.parse(text)
            assert [line for line in text.splitlines() if line.startswith("# ! ")] == [], code
    finally:
        prepared.done("%odps ship auto")


def test_a_lambda_among_others_on_its_line(prepared: Kernel) -> None:
    prepared.run(
        "a, b = (lambda x: x + 1), (lambda x: x * 2)\ntotal = iris.sepal_length.map(b).rename('<i>').sum().execute()"
    )
    shown = prepared.run("%odps explain lambda")
    listing = shown.text.split("as the executor sees it ----")[1].split("# ----")[0]
    assert "lambda x: x * 2" in listing
    assert "lambda x: x + 1" not in listing
    assert "<i>" not in shown.html.replace("&lt;i&gt;", "")


@pytest.mark.parametrize("form", ["bytecode", "source"])
def test_the_listing_is_a_program(prepared: Kernel, form: str) -> None:
    prepared.done(f"%odps ship {form}")
    try:
        prepared.done(
            "%%odps\nimport math\nfrom json import dumps as written\n"
            "offset, table, limits = 2, {1: 0.5, 2: None}, (True, -1.5)\n"
            "plus = lambda v: v + offset\n"
            "def taking(f):\n    def around(x):\n        return f(x) * 10\n    return around\n"
            "@taking\ndef simple(x, digits=1):\n"
            "    return round(plus(x) + math.sqrt(4) + table[1] + len(written(limits[0])) + limits[1], digits)\n"
            "iris.sepal_length.map(simple, 'float').sum().execute()"
        )
        text = prepared.done("%odps explain simple").text
    finally:
        prepared.done("%odps ship auto")
    made: dict[str, Any] = {}
    exec(compile(text, "listing", "exec"), made)
    assert made["simple"](1.0) == 8.0
    assert made["around"](1.0) == 80.0
    prepared.done("%odps mask on")
    try:
        assert "offset = ...  # int" in prepared.done("%odps explain simple").text.replace("   ", "")
    finally:
        prepared.done("%odps mask off")


SHAPES = (
    "shape = (lambda x:\n    (x +\n     1))",
    "picked = [\n    lambda x: x +\n    1,\n][0]\nshape = picked",
    "def outer():\n    text = 'a'\n"
    "    def shape(x):\n        return len('''one\ntwo''') + len(text)\n    return shape\nshape = outer()",
    "def shape(x):\n    return float('nan') if x != x else 1e400 if x > 1e9 else x",
    "nan, far, many, deep = float('nan'), 1e400, list(range(500)), [[[[[1]]]]]\n"
    "def shape(x):\n    return x + len(many) + len(deep) + (0 if nan == far else 1)",
    "import json.decoder, os.path as paths\nfrom json import JSONDecoder\n"
    "def shape(x):\n    return x + len(paths.join('a')) + len(JSONDecoder.__name__) + len(json.decoder.__name__)",
    "decode = json.JSONDecoder.decode\nupper = str.upper\n"
    "def shape(x):\n    return len(upper('a')) + (decode is not None)",
    "exec('def shape(x):\\n    return x')",
    "class Base:\n    kept = [1]\n    @staticmethod\n    def add(x):\n        return x\n"
    "    @property\n    def one(self):\n        return 1\nclass Shape(Base):\n"
    "    def __init__(self, n):\n        self.n = n\n    def __call__(self, x):\n"
    "        return super().add(x) + self.n + self.one\nshape = Shape(2)",
    "import math\nclass Rates:\n    lib = math\n    root = math.sqrt\n    of = json.JSONDecoder.decode\n"
    "def shape(x):\n    return Rates.root(x) + Rates.lib.pi",
    "def shape(x, /, *others, **more):\n    return x + len(others)",
    "def even(x):\n    return x < 1 or odd(x - 1)\ndef odd(x):\n    return x >= 1 and even(x - 1)\n"
    "def shape(x):\n    return float(even(int(x)))",
    "from odps.df import output\n@output(['a'], ['float'])\ndef row(r):\n    yield r.sepal_length\nshape = None",
)


@pytest.mark.parametrize("form", ["bytecode", "source"])
def test_every_listing_is_python(prepared: Kernel, form: str) -> None:
    prepared.done(f"import json\n%odps ship {form}")
    try:
        for code in SHAPES:
            if form == "source" and code.startswith("exec("):
                continue  # what has no source cannot travel as such
            call = "iris.sepal_length.map(shape, 'float').sum()"
            if code.endswith("shape = None"):
                call = "iris.apply(row, axis=1).a.sum()"
            outcome = prepared.run(f"%%odps --no-preflight\n{code}\n{call}.execute()")
            assert outcome.error is None, (code, outcome.traceback)
            ast.parse(prepared.done("%odps explain").text)
            ast.parse(prepared.done("%odps explain --full").text)
    finally:
        prepared.done("%odps ship auto")


def test_values_of_one_name_are_told_apart(prepared: Kernel) -> None:
    factory = "def make(k):\n    def f(v):\n        return v * k\n    return f\na, b = make(2), make(3)\n"
    call = "iris.sepal_length.map(both).sum().execute()"
    outcome = prepared.run(f"%%odps\n{factory}def both(v):\n    return a(v) + b(v)\n{call}")
    assert outcome.error is None, outcome.traceback
    text = prepared.done("%odps explain both").text
    assert "\nk = ...  " in text
    for name, value in (("a", 2), ("b", 3)):
        above = f"# k = {value}  # int, 2 bytes, by value"
        assert f"{above}\ndef f(v):\n    return v * k\n{name} = f\n" in text
    assert text.count("k = ") == 3
    ast.parse(text)


def test_an_aggregate_with_its_methods(prepared: Kernel) -> None:
    outcome = prepared.run(
        "%%odps\nstart = [0.0]\nclass Total:\n    def buffer(self):\n        return list(start)\n"
        "    def __call__(self, buffer, value):\n        buffer[0] += value\n"
        "    def merge(self, buffer, other):\n        buffer[0] += other[0]\n"
        "    def getvalue(self, buffer):\n        return buffer[0]\n"
        "iris.sepal_length.agg(Total, rtype='float').execute()"
    )
    assert outcome.error is None, outcome.traceback
    assert "preflight: Total on 20 rows" in outcome.text
    text = prepared.run("%odps explain Total").text
    assert "class Total:" in text
    assert "def getvalue(self, buffer):" in text
    assert "start = [0.0]  # list" in text


def test_a_name_that_was_never_sent(prepared: Kernel) -> None:
    prepared.run("def known(x):\n    return x\ntotal = iris.sepal_length.map(known).sum().execute()")
    outcome = prepared.run("%odps explain knwon")
    assert outcome.error == "UserError"
    assert "Did you mean known?" in outcome.traceback


def test_a_job_without_functions(prepared: Kernel) -> None:
    prepared.run("count = iris[iris.sepal_length > 5].sepal_length.mean().execute()")
    text = prepared.run("%odps explain").text
    assert "AVG(" in text.upper()
    assert "as the executor sees it" not in text


def test_no_value_reaches_the_listing_or_the_panel(prepared: Kernel) -> None:
    prepared.run(
        "private = 'a-very-private-text'\ndef use(x):\n    return x + len(private)\n"
        "total = iris.sepal_length.map(use).sum().execute()"
    )
    shown = prepared.run("%odps explain use")
    assert "private = ...  # str" in shown.text
    assert "a-very-private-text" not in shown.text + shown.html
    state = prepared.value(
        "__import__('odps_jupyter.workflow.snapshot', fromlist=['x']).session_state(get_ipython().odps_jupyter.session)"
    )
    assert "'private'" in state
    assert "a-very-private-text" not in state


def test_what_the_project_does_not_hold_yet_is_marked(prepared: Kernel) -> None:
    prepared.done("o.create_resource('explained_rates.py', 'py', file_obj='rate = 2')\nopen('here.py', 'w').close()")
    outcome = prepared.run(
        '##@resource_reference{"flows/explained_prices.py"}\n'
        "known = lambda: o.get_resource('explained_rates.py'), o.get_resource('explained_table')\n"
        "later = lambda: iris.execute(libraries=['explained_rates.py', 'explained.zip', 'here.py'])",
        cell_id="explained",
    )
    prepared.done("iris.sepal_length.map(lambda v: v + 1).sum().execute()")
    text = prepared.done("%odps explain").text
    cell = f"Cell {outcome.number}, line"
    assert [line for line in text.splitlines() if "does not hold yet" in line] == [
        f"# ! {cell} 1 names explained_prices.py, which project embedded does not hold yet: "
        "it counts once it is submitted.",
        f"# ! {cell} 2 names explained_table, which project embedded does not hold yet: upload it before: "
        "`o.create_resource`.",
        f"# ! {cell} 3 names explained.zip, which project embedded does not hold yet: upload it before: "
        "`o.create_resource`.",
    ]
    prepared.done("o.create_resource('explained.zip', 'archive', file_obj=b'')")
    text = prepared.done("%odps explain").text
    assert "explained.zip, which" not in text
    assert "explained_table, which" in text
    prepared.done("o.delete_resource('explained.zip')\no.delete_resource('explained_rates.py')")
    # A cell that was run again without them names them no more.
    prepared.run("later = None", cell_id="explained")
    assert "does not hold yet" not in prepared.done("%odps explain").text
