"""``%odps`` and ``%%odps`` as a user meets them, mistakes included."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from odps_jupyter.backends.embedded import Service

from .conftest import Kernel, start_kernel


def test_the_value_of_the_last_expression_is_the_cells(kernel: Kernel) -> None:
    outcome = kernel.run("%%odps\nx = 20\nx * 2 + 2")
    assert outcome.value == "42"
    assert kernel.value("_") == "42"


def test_a_trailing_semicolon_keeps_it_quiet(kernel: Kernel) -> None:
    assert kernel.run("%%odps\n1 + 1;").value is None


def test_the_toggle_holds_for_cells_without_the_magic(kernel: Kernel) -> None:
    kernel.run("%%odps\niris = o.get_table('pyodps_iris').to_df()")
    try:
        assert "may take 2.0 kB of memory, as you said" in kernel.run("%odps memory 2kB").text
        assert "Table pyodps_iris has 150 rows of about" in kernel.run("iris.execute()").said
    finally:
        kernel.done("%odps memory auto")
    assert kernel.run("%odps backend pandas --sample 9").error is None
    assert kernel.value("int(iris.count().execute())") == "9"
    assert kernel.run("%odps backend maxcompute").error is None
    assert kernel.value("int(iris.count().execute())") == "150"


def test_inspect_shows_all_cells(kernel: Kernel) -> None:
    kernel.run("def never_called():\n    return 1", cell_id="c-never")
    outcome = kernel.run("%odps inspect")
    assert "never_called" in outcome.text


def test_status_says_where_and_hides_the_secret(kernel: Kernel) -> None:
    kernel.run("%%odps\npass")
    status = kernel.run("%odps status").text
    assert "embedded" in status
    secret = kernel.value("o.account.secret_access_key").strip("'")
    assert secret
    assert secret not in status


def test_help_comes_from_the_parsers(kernel: Kernel) -> None:
    told = kernel.run("%odps help")
    text = told.text
    assert "<code>%odps connect</code>" in told.html
    assert "[--data-dir DIR] [embedded|PROJECT]</code>" in told.html
    for usage in ("%odps status [-h]", "%odps backend [-h] [--sample N|all|WHERE]", "%odps connect", "%odps inspect"):
        assert usage in text
    assert "%%odps [-h] [--backend" in text
    helped = kernel.run("%odps backend --help")
    assert "--sample" in (helped.value or "")
    assert helped.stdout == ""
    assert kernel.run("%odps help backend").value == helped.value
    assert "--backend" in kernel.run("%%odps --help\npass").text


@pytest.mark.parametrize("begun", ["%%odps", "%%odps --backend pandas"])
def test_a_terminal_waits_for_what_stands_below(kernel: Kernel, begun: str) -> None:
    assert kernel.value(f"get_ipython().check_complete({begun!r})[0]") == "'incomplete'"


def test_the_last_line_has_the_users_names_and_no_copy(kernel: Kernel) -> None:
    kernel.done(
        "import sys\n"
        "def evaluate():\n"
        "    # As numexpr does with the names of a function.\n"
        "    frame = sys._getframe(1)\n"
        "    if frame.f_locals is not frame.f_globals: frame.f_locals.clear()\n"
        "precious = 1"
    )
    kernel.done("%%odps\nevaluate()")
    assert kernel.run("%%odps\nlocals() is globals()").value == "True"
    assert kernel.value("(precious, [name for name in globals() if not name.isidentifier()])") == "(1, [])"


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("%odps statsu", "%odps has no subcommand 'statsu'. Did you mean `%odps status`?"),
        ("%odps backend spark", "'spark' is no backend. Choose pandas or maxcompute."),
        ("%odps memory much", "'much' is no size. Say one such as 500MB or 4GB."),
        ("%odps stop last", "%odps stop: 'last' is no whole number."),
        ("%odps pack", "%odps pack: NAME[==VERSION] is missing."),
        ("%odps connect embeded", "Did you mean `%odps connect embedded`? If not, set"),
        ("%odps memory 0", "'0' has room for no row. Say a size such as 500MB or 4GB, or auto."),
        ("%odps memory -5", "'-5' is no size."),
        (f"%odps memory {'9' * 400}TB", "TB' is more than the"),
        ("%odps backend --sampel 3", "%odps backend: unrecognized arguments: --sampel. Did you mean `--sample`?"),
        ("%odps backend pandas --sample none", "'none' is no sample."),
        ("%odps status 'open", "cannot be read: no closing quotation."),
        ("%odps connect", "`%odps connect` wants to know where to."),
        ("%odps connect somewhere", "There are no credentials for project somewhere."),
        ("%odps connect --room nowhere", "There is no PyODPS room named 'nowhere'."),
        ("%%odps --tnirp\nx = 1", "%%odps: unrecognized arguments: --tnirp. `%%odps --help` lists"),
        ("%%odps status", "%%odps takes options only. Did you mean `%odps status`, with one percent sign?"),
        ("%odps --backend pandas", "%odps has no option --backend. Above the code of a cell it is `%%odps --backend`."),
        ("%odps --foo", "%odps has no option --foo. `%odps help` lists what there is."),
        ("%%odps --async", "Nothing stands below %%odps. Write the cell there"),
        ("%%odps\nawait something", "%%odps cannot await at the top level of a cell."),
    ],
)
def test_a_mistake_gets_one_sentence(kernel: Kernel, code: str, sentence: str) -> None:
    outcome = kernel.run(code)
    assert outcome.error == "UserError"
    assert sentence in outcome.traceback
    assert "\n" not in outcome.traceback.strip()


def test_a_syntax_error_looks_as_ipython_shows_it(kernel: Kernel) -> None:
    outcome = kernel.run("%%odps\nunset = 1\ny = = 2")
    assert outcome.error == "SyntaxError"
    assert "line 3" in outcome.traceback
    assert "y = = 2" in outcome.traceback
    assert "odps_jupyter" not in outcome.traceback
    assert outcome.stderr == "UsageError: The cell has a syntax error; nothing of it was run.\n"
    assert kernel.run("unset").error == "NameError"


def test_an_error_names_the_cells_line_and_none_of_our_frames(kernel: Kernel) -> None:
    outcome = kernel.run("%%odps\n\nx = 1\nx / 0")
    assert outcome.error == "ZeroDivisionError"
    assert "line 4" in outcome.traceback
    assert "odps_jupyter" not in outcome.traceback
    assert kernel.value("x") == "1"


def test_a_missing_table_says_what_to_do(kernel: Kernel) -> None:
    outcome = kernel.run("%%odps\no.get_table('no_such_table').to_df()")
    assert outcome.error == "NoSuchTable"
    assert "list(o.list_tables())" in outcome.traceback


def test_unload_gives_everything_back(tmp_path: Path) -> None:
    for kernel in start_kernel(tmp_path):
        kernel.finish(kernel.start("toggle = get_ipython().run_line_magic('odps', 'backend')", answers=True))
        kernel.done("session, shell = get_ipython().odps_jupyter.session, get_ipython()")
        kernel.done("def added():\n    return len(shell.Completer.custom_matchers + shell.input_transformers_cleanup)")
        before = int(kernel.value("added()"))
        assert "FileNotFoundError" in kernel.value("shell.custom_exceptions")
        assert kernel.run("%unload_ext odps_jupyter").error is None
        assert kernel.value("(toggle.backend.disabled, toggle.sample.disabled)") == "(True, True)"
        assert kernel.value("shell.custom_exceptions") == "()"
        assert int(kernel.value("added()")) == before - 2
        # As a run does that ends in the background.
        kernel.done("session.set_backend('pandas')")
        assert kernel.value("toggle.widget.children[-1].value") == "'odps-jupyter is not loaded any more.'"
        assert kernel.run("%odps status").stderr.startswith("UsageError: Line magic function `%odps` not found")


class TestConnections:
    """Which MaxCompute, where nothing but the environment is known."""

    @pytest.fixture
    def bare(self, tmp_path: Path) -> Iterator[Kernel]:
        variables = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "someone",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "hush-hush",
            "ODPS_PROJECT_NAME": "far_away",
            "ODPS_ENDPOINT": "http://127.0.0.1:9/api",
        }
        yield from start_kernel(tmp_path, **variables)

    def test_an_endpoint_that_does_not_answer(self, bare: Kernel) -> None:
        for code in ("%%odps\nx = 1", "%odps connect far_away"):
            outcome = bare.run(code)
            assert outcome.error == "UserError"
            assert "Nothing answers at http://127.0.0.1:9/api." in outcome.traceback
            assert "hush-hush" not in outcome.traceback + outcome.text

    def test_an_endpoint_that_is_silent(self, bare: Kernel) -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            endpoint = f"http://127.0.0.1:{mute.getsockname()[1]}/api"
            outcome = bare.run(f"%odps connect far_away --endpoint {endpoint}")
        assert f"Nothing answers at {endpoint}." in outcome.traceback

    def test_an_endpoint_that_is_none(self, bare: Kernel) -> None:
        bare.run("%xmode Verbose")
        for endpoint in ("http://127.0.0.1:99999/api", "nowhere", "ftp://x/y"):
            outcome = bare.run(f"%odps connect far_away --endpoint {endpoint}")
            assert f"'{endpoint}' is no endpoint." in outcome.traceback
            assert "hush-hush" not in outcome.traceback

    def test_no_repr_shows_the_secret(self, bare: Kernel) -> None:
        shown = bare.value("[get_ipython().odps_jupyter.kernel, vars(get_ipython().odps_jupyter.session)]")
        assert "Environment(...)" in shown
        assert "hush-hush" not in shown


def test_a_wrong_secret(kernel: Kernel) -> None:
    kernel.done("%odps connect embedded")
    endpoint = kernel.value("o.endpoint").strip("'")
    kernel.done(
        "import os\n"
        "os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID'] = o.account.access_id\n"
        "os.environ['ALIBABA_CLOUD_ACCESS_KEY_SECRET'] = 'not-the-secret'"
    )
    try:
        outcome = kernel.run(f"%odps connect somewhere --endpoint {endpoint}")
    finally:
        kernel.done("del os.environ['ALIBABA_CLOUD_ACCESS_KEY_ID'], os.environ['ALIBABA_CLOUD_ACCESS_KEY_SECRET']")
    assert outcome.error == "UserError"
    assert "refused the credentials" in outcome.traceback
    assert "not-the-secret" not in outcome.traceback


def test_a_wrong_secret_in_the_users_own_object(tmp_path: Path, service: Service) -> None:
    for kernel in start_kernel(tmp_path):
        kernel.run(
            "from odps import ODPS\n"
            f"o = ODPS({service.access_id!r}, 'not-the-secret', project='embedded', endpoint={service.endpoint!r})"
        )
        outcome = kernel.run("%%odps\no.get_table('pyodps_iris').to_df()")
        assert "refused the credentials; check the access key id and its secret" in outcome.traceback
        assert "not-the-secret" not in outcome.traceback + outcome.text


def test_a_users_own_entry_object(kernel: Kernel) -> None:
    kernel.done("%odps connect embedded")
    kernel.done("%odps backend maxcompute")
    outcome = kernel.run(
        "from odps import ODPS\n"
        "mine = ODPS(o.account.access_id, o.account.secret_access_key, project=o.project, endpoint=o.endpoint)\n"
        "mine.get_table('pyodps_iris').to_df().count().execute()"
    )
    assert outcome.value == "150"


def test_what_makes_the_entry_object_is_told_where_there_is_none_yet(tmp_path: Path) -> None:
    for kernel in start_kernel(tmp_path):
        outcome = kernel.run("o.list_tables()")
        assert outcome.error == "NameError"
        assert outcome.traceback.splitlines()[-1] == (
            "odps-jupyter: `o` is there after `%odps connect embedded`, `%odps connect PROJECT` or the first "
            "%%odps cell."
        )
        assert "odps-jupyter: " not in kernel.run("p.list_tables()").traceback


def test_loading_is_light(tmp_path: Path) -> None:
    heavy = "{'pandas', 'numpy', 'odps', 'duckdb', 'pyarrow', 'ipywidgets', 'sqlglot'}"
    for kernel in start_kernel(tmp_path):
        assert kernel.value(f"sorted({heavy} & set(__import__('sys').modules))") == "[]"


def test_inspect_weighs_what_travels(kernel: Kernel) -> None:
    kernel.run("import threading\nfactors = [0.5] * 1000\nguard = threading.Lock()")
    kernel.run("def weighed(v):\n    return v * factors[0] if guard else v")
    kernel.run("%%odps\nexpr = o.get_table('pyodps_iris').to_df().sepal_length.map(weighed)")
    text = kernel.run("%odps inspect").text
    assert "factors (list, 9.0 kB)" in text
    assert "guard (lock; cannot travel: TypeError: cannot pickle" in text
