"""Collections that functions capture, in a real kernel: what decides their form, and that both forms written run."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import SECONDS, Kernel

SETUP = """%%odps
from odps.df import output
iris = o.get_table('pyodps_iris').to_df()
longest = iris[iris.name != 'Iris-setosa'].groupby('name').agg(top=iris.sepal_length.max())
pairs = iris.join(longest, on='name')[iris.name, longest.top.rename('top')].distinct()
"""
SHARE = """@output(['share'], ['float'])
def {name}(row):
    # the longest of its kind
    for each in {table}.execute():
        if each.name == row.name:
            # found
            return row.sepal_length / each.top
    return -1.0
"""
RUN = "%%odps\nround(iris.apply({name}, axis=1).share.sum().execute(), 6)"


@pytest.fixture(scope="module")
def prepared(kernel: Kernel) -> Kernel:
    kernel.done(SETUP)
    return kernel


def written(kernel: Kernel, code: str) -> tuple[str, str]:
    """What a command shows, and the text it puts into the next cell."""
    started = kernel.start(code)
    outcome = kernel.finish(started)
    assert outcome.error is None, outcome.traceback
    while True:
        reply: dict[str, Any] = kernel.client.get_shell_msg(timeout=SECONDS)
        if reply["parent_header"].get("msg_id") == started:
            break
    (payload,) = [one for one in reply["content"]["payload"] if one["source"] == "set_next_input"]
    assert payload["replace"] is False
    return outcome.text, payload["text"]


@pytest.mark.parametrize(
    ("name", "table", "form", "decides"),
    [
        ("by_resource", "longest", "resource", "at most 150 rows, at most about 27.6 kB in Python, of tables of"),
        (
            "by_join",
            "pairs",
            "join",
            "its rows are unknown: only executing it would tell; a resource would have to fit",
        ),
    ],
)
def test_a_captured_collection_suits_a_resource_or_a_join(
    prepared: Kernel, name: str, table: str, form: str, decides: str
) -> None:
    held = "[len(list(x)) for x in (o.list_tables(), o.list_resources(), o.list_functions(), o.list_instances())]"
    before = prepared.value(held)
    defined = prepared.done(SHARE.format(name=name, table=table))
    refused = prepared.run(RUN.format(name=name))
    told = refused.traceback
    assert refused.error == "TableCaptured"
    assert f"{name} was not sent (cell {defined.number}, line 4): {table} is a PyODPS collection" in told
    assert f"suits a {form}: {decides}" in told, told
    assert "256 MiB of a worker (odps.sql.udf.python.memory)" in told
    assert "2,048 MiB of resources that a job may have" in told
    assert f"`%odps fix` shows it and writes it as the next cell, with a {form}" in told
    explained = prepared.done(f"%odps explain {name}").text
    assert f"{name} is not sent: {table} is a PyODPS collection and suits a {form}: {decides}" in explained

    shown, text = written(prepared, f"%odps fix {name}")
    assert f"--- cell {defined.number}" in shown
    assert f"-    for each in {table}.execute():" in shown
    assert f"{table} suits a {form}: {decides}" in shown
    assert text.startswith("%%odps\n@output(['share'], ['float'])\ndef by_")
    assert "# the longest of its kind" in text
    assert "# found" in text
    assert ("resources=[longest]" if form == "resource" else "iris.left_join(pairs[") in text
    assert prepared.value(held) == before
    for backend, where in [("maxcompute", "ran on the executor"), ("pandas --sample all", "ran here")]:
        ran = prepared.done(f"%%odps --backend {backend}{text.removeprefix('%%odps')}").text
        assert f"{name} {where}" in ran
        assert "34.096203" in ran


def test_a_captured_table_is_said_to_be_one_and_offered_as_data(prepared: Kernel) -> None:
    prepared.done("%%odps\nrates = o.get_table('pyodps_iris')")
    prepared.done(SHARE.format(name="by_table", table="rates.to_df()").replace("each.top", "each.sepal_length"))
    refused = prepared.run(RUN.format(name="by_table"))
    assert refused.error == "TableCaptured"
    assert "rates is a table, which would take your key along, and which the executor cannot read" in refused.traceback
    assert "It suits a resource: 150 rows, about 45.6 kB in Python, of tables of" in refused.traceback
    assert "by_table is not sent: rates is a table and suits a resource" in prepared.done("%odps explain by_table").text
    text = written(prepared, "%odps fix by_table")[1]
    assert "resources=[rates.to_df()]" in text
    sums = [prepared.done(f"%%odps --backend {one}{text[6:]}").value for one in ("maxcompute", "pandas --sample all")]
    assert sums[0] is not None
    assert sums[0].strip("np.float64()") == (sums[1] or "").strip("np.float64()")

    assert prepared.run("%%odps --no-preflight\niris.sepal_length.map(lambda v: v + rates.size).sum()").error == (
        "SecretShipped"
    )
    named = prepared.run("%%odps\niris.sepal_length.map(lambda v: v + rates.size).sum().execute()")
    assert "`%odps fix` reads what it wants of it before" in named.traceback
    assert "rates_size = rates.size" in written(prepared, "%odps fix")[1]


def test_what_was_stopped_last_is_mended_first_or_nothing_is(prepared: Kernel) -> None:
    prepared.done(SHARE.format(name="by_older", table="iris"))
    assert prepared.run(RUN.format(name="by_older")).error == "TableCaptured"
    failing = prepared.run(
        "%%odps\ndef failing(v):\n    return {}[v]\niris.sepal_length.map(failing, 'float').sum().execute()"
    )
    assert failing.error == "PreflightError"
    refused = prepared.run("%odps fix")
    assert f"The rules know no fix for what stopped failing (cell {failing.number}, line 3)." in refused.traceback
    assert "`%odps explain` shows what was sent" in refused.traceback
    assert prepared.run("%odps fix").traceback == refused.traceback
    assert "iris suits a" in written(prepared, "%odps fix by_older")[0]

    prepared.run("%%odps\niris.sepal_length.map(lambda v: v + o.project.size).sum().execute()")
    assert "o.project" in written(prepared, "%odps fix")[0]
    prepared.done(SHARE.format(name="by_newer", table="iris"))
    assert prepared.run(RUN.format(name="by_newer")).error == "TableCaptured"
    assert "def by_newer" in written(prepared, "%odps fix")[1]
    prepared.done("iris.sepal_length.map(lambda v: v + 1).sum().execute()")
    assert "for what stopped" not in prepared.run("%odps fix").text
