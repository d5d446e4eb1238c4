"""The options of ``%%odps``: they hold for one cell, whatever ends it."""

from __future__ import annotations

import pytest

from .conftest import SECONDS, Kernel, Outcome

STATE = (
    "import odps\nprint([odps.options.df.libraries, odps.options.df.image, odps.options.sql.settings], "
    "get_ipython().odps_jupyter.session.terms, get_ipython().odps_jupyter.session.backend, "
    "get_ipython().odps_jupyter.session.sample)"
)


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    kernel.done("%%odps\niris = o.get_table('pyodps_iris').to_df()\ndouble = lambda x: x * 2")
    return kernel


@pytest.mark.parametrize("ending", ["pass", "1 / 0", "raise KeyboardInterrupt", "raise SystemExit"])
def test_everything_is_put_back(prepared: Kernel, ending: str) -> None:
    before = prepared.run(STATE).stdout
    options = "--backend pandas --sample 5 --no-preflight --image common --python cp37 --hints odps.sql.a=1"
    inside = prepared.run(f"%%odps {options}\n{STATE}\n{ending}").stdout
    assert "'odps.sql.a': '1'" in inside
    assert "python='cp37'" in inside
    assert "common" in inside
    assert "pandas 5 rows" in inside
    assert prepared.run(STATE).stdout == before


def test_hints_go_with_each_job(prepared: Kernel) -> None:
    code = "o.execute_sql('select 1').get_task_names() and None\ntotal = iris.sepal_length.sum().execute()"
    outcome = prepared.run(f"%%odps --hints odps.sql.mapper.split.size=64\n{code}")
    assert outcome.error is None, outcome.traceback
    assert "odps.sql.mapper.split.size=64" in prepared.run("%odps explain").text


def test_out_keeps_the_result(prepared: Kernel) -> None:
    outcome = prepared.run("%%odps --out first\niris.sepal_length.head(3)")
    assert outcome.error is None, outcome.traceback
    assert prepared.value("(type(first).__name__, len(first))") == "('DataFrame', 3)"
    prepared.run("%%odps --out total\niris.sepal_length.map(double).sum()")
    assert prepared.value("round(float(total), 1)") == "1753.0"


def test_a_condition_chooses_the_sample(prepared: Kernel) -> None:
    options = "--backend pandas --sample \"name = 'Iris-virginica' AND sepal_length > 6\""
    outcome = prepared.run(f"%%odps {options}\nnames = iris.name.unique().execute().values.iloc[:, 0].tolist()")
    assert outcome.error is None, outcome.traceback
    assert prepared.value("names") == "['Iris-virginica']"
    assert "where name = 'Iris-virginica'" in outcome.text


def test_a_dry_run_sends_nothing(prepared: Kernel) -> None:
    prepared.run("before = len(list(o.list_instances()))")
    outcome = prepared.run(
        "%%odps --dry-run\nfactor = [2]\ndef scaled(x):\n    return x * factor[0]\n"
        "iris.sepal_length.map(scaled).sum().execute()\nnever = 1"
    )
    assert outcome.error is None, outcome.traceback
    assert "Dry run: 1 job, at most reading" in outcome.text
    assert "150 rows" in outcome.text
    assert "def scaled(x):" in outcome.text
    assert "factor = [2]  # list" in outcome.text
    assert "class PyOdpsFunc" in outcome.html
    assert "SUM(" in outcome.text.upper()
    assert "nothing was sent" in outcome.text.lower()
    assert prepared.value("len(list(o.list_instances())) - before") == "0"
    assert prepared.run("never").error == "NameError"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--hints nothing", "'nothing' is no hint."),
        ("--hints odps.sql.python.version=cp99", "'cp99' is no Python of MaxCompute."),
        ("--python py3", "%%odps: --python: 'py3' is none of cp27, cp37, cp311. `%%odps --help`"),
        ("--image", "%%odps: --image: a value is missing."),
        ("--out 1x", "'1x' is no name."),
        ("--dry-run --backend pandas", "A dry run shows what MaxCompute would get."),
        ("--libraries absent.zip", "There is no resource 'absent.zip'"),
        ("--resources absent.txt", "There is no resource 'absent.txt'"),
        ("--sample 'x > '", "is no sample."),
        ("--sample '1); DROP TABLE x; --'", "is no sample."),
        ("--dry-run", "A dry run cannot hold back execute_sql of o in line 2."),
    ],
)
def test_a_mistake_is_a_sentence(prepared: Kernel, line: str, message: str) -> None:
    outcome = prepared.run(f"%%odps {line}\no.execute_sql('select 1')")
    assert outcome.error == "UserError"
    assert message in outcome.traceback
    assert "Traceback" not in outcome.traceback


def only_with(kernel: Kernel, options: str, code: str) -> Outcome:
    """Without the options the cell is stopped before anything is sent, with them it runs."""
    assert kernel.run(f"%%odps\n{code}").error == "PreflightError"
    return kernel.done(f"%%odps {options}\n{code}")


def test_resources_are_attached_to_each_function(prepared: Kernel) -> None:
    prepared.done(
        "o.create_resource('lengths.txt', 'file', file_obj='41')\n"
        "def from_file(x):\n    from odps.distcache import get_cache_file\n"
        "    return int(get_cache_file('lengths.txt').read()) + 1"
    )
    only_with(
        prepared, "--resources lengths.txt --out answer", "iris.sepal_length.map(from_file, 'int').max().execute()"
    )
    assert prepared.value("int(answer)") == "42"
    assert "it opens the resources lengths.txt" in prepared.run("%odps explain from_file").text


def test_libraries_of_the_cell_are_known_to_the_preflight(prepared: Kernel) -> None:
    prepared.done(
        "import pathlib\nfolder = pathlib.Path('rates')\nfolder.mkdir()\n"
        "(folder / '__init__.py').write_text('RATE = 2.0')\n"
        "def rated(x):\n    from rates import RATE\n    return x * RATE"
    )
    outcome = only_with(prepared, "--libraries ./rates", "total = iris.sepal_length.map(rated).sum().execute()")
    assert "preflight: rated on 20 rows" in outcome.text


def test_a_value_of_a_local_file_is_predicted_to_travel(prepared: Kernel) -> None:
    prepared.done(
        "import importlib, pathlib\npathlib.Path('taxes.py').write_text('TAX = 2.0')\nimportlib.invalidate_caches()\n"
        "from taxes import TAX"
    )
    outcome = prepared.run("%%odps\niris.sepal_length.map(lambda v, t=TAX: v * TAX * t, 'float').sum().execute()")
    assert outcome.error is None, outcome.traceback
    assert "lambda" in outcome.text
    assert "did not predict" not in outcome.text


def test_an_image_of_the_cell_is_known_to_the_rules(prepared: Kernel) -> None:
    code = "import pandas\ndef framed(x):\n    return float(pandas.Series([x]).sum())\n"
    call = "total = iris.sepal_length.map(framed).sum().execute()"
    bare = prepared.run(f"%%odps\n{code}{call}")
    assert bare.error == "PreflightError"
    assert "[local-only-package]" in bare.traceback
    dry = prepared.run(f"%%odps --image nobody-knows --dry-run\n{code}{call}")
    assert dry.error is None, dry.traceback
    assert "odps.session.image=nobody-knows" in dry.text


@pytest.mark.parametrize("option", ["--image nobody-knows", "--hints odps.session.image=nobody-knows --no-preflight"])
def test_an_image_that_nobody_knows_is_not_sent_to_the_embedded_maxcompute(prepared: Kernel, option: str) -> None:
    code = "iris.sepal_length.map(lambda v: v + 1).sum().execute()"
    before = prepared.value("len(list(o.list_instances()))")
    for way in ("", "--compare "):
        refused = prepared.run(f"%%odps {way}{option}\n{code}")
        assert refused.error == "UserError"
        assert (
            "The image 'nobody-knows' is not known to the executor twin; it knows bare, common, scipy, sklearn, "
            "statsmodels, xgboost. Nothing was sent. Name one of these, or leave it out."
        ) in refused.traceback
    assert prepared.value("len(list(o.list_instances()))") == before
    assert prepared.done(f"%%odps --backend pandas {option}\n{code}").value is not None


def test_a_sample_of_no_rows_is_refused(prepared: Kernel) -> None:
    refused = prepared.run("%%odps --sample 0\n1")
    assert "'0' is no sample. Give a number of rows from 1 on, such as 100, or all, or a condition" in refused.traceback


def completed(kernel: Kernel, code: str) -> list[str]:
    reply = kernel.client.complete(code, len(code), reply=True, timeout=SECONDS)
    matches: list[str] = reply["content"]["matches"]
    return matches


def test_completion_knows_commands_and_options(prepared: Kernel) -> None:
    assert "explain" in completed(prepared, "%odps exp")
    assert "--dry-run" in completed(prepared, "%%odps --dry")
    assert {"pandas", "maxcompute"} <= set(completed(prepared, "%%odps --backend "))
    assert "cp311" in completed(prepared, "%%odps --no-preflight --python cp")
    assert {"on", "off"} <= set(completed(prepared, "%odps preflight o"))
    assert completed(prepared, "if True:\n    %odps memory a") == ["auto"]


def test_completion_is_of_the_magics_words_alone(prepared: Kernel) -> None:
    assert completed(prepared, "%%odps --c") == ["--compare"]
    assert {"and", "print"}.isdisjoint(completed(prepared, "%%odps "))
    assert {"and", "print"}.isdisjoint(completed(prepared, "%odps backend "))
    prepared.done("import pathlib\npathlib.Path('completed.py').write_text('')")
    assert completed(prepared, "%odps pack ./compl") == ["./completed.py"]
    assert completed(prepared, "%odps backend pandas ") == ["maxcompute", "--help", "--sample"]
    # The body of the cell is Python, and other lines are IPython's.
    assert "print" in completed(prepared, "%%odps --backend pandas\nprin")


def test_help_lists_the_options(prepared: Kernel) -> None:
    text = prepared.run("%%odps --help\npass").text
    # Nothing needs to stand below it.
    assert prepared.run("%%odps --help").text == text
    assert text.count("usage:") == 1
    for option in ("--libraries", "--resources", "--image", "--python", "--hints", "--out", "--dry-run", "--no-pref"):
        assert option in text
