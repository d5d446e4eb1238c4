"""The daily loop in a project that is not the embedded one: another host, project, schema and account.

It is the service of this package behind a network of the tests; where ODPS_JUPYTER_CONFORMANCE=1 and ODPS_ACCESS_ID,
ODPS_ACCESS_KEY, ODPS_PROJECT and ODPS_ENDPOINT are set, the project they name too.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.compare.tables import PREFIX
from tests.far import PROJECT, far_away
from tests.proxy import Asked, Fault, Proxy
from tests.workflow.network.asking import denied, read_only

from .conftest import Kernel, start_kernel

INVERT = "def invert(x):\n    return 100 / (x - 25)\n"
REAL = os.environ.get("ODPS_JUPYTER_CONFORMANCE") == "1"


@dataclass(frozen=True)
class Project:
    """Attributes: ``proxy`` sees what the kernel asks of it, None for a real one; ``table`` has x from 0 to 29."""

    kernel: Kernel
    name: str
    table: str
    proxy: Proxy | None


@pytest.fixture(scope="module", params=["far", *(["real"] if REAL else [])])
def project(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, service: Service
) -> Iterator[Project]:
    folder, table = tmp_path_factory.mktemp("project"), f"odps_jupyter_test_{uuid4().hex}"
    (folder / "far_helpers.py").write_text("def shift(x):\n    return x + 10\n", encoding="utf-8")
    # The twin of --compare is the embedded MaxCompute, as it is for everybody.
    twin = str(service.secret_file.parent)
    if request.param == "real":
        variables = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": os.environ["ODPS_ACCESS_ID"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": os.environ["ODPS_ACCESS_KEY"],
            "ODPS_PROJECT_NAME": os.environ["ODPS_PROJECT"],
            "ODPS_ENDPOINT": os.environ["ODPS_ENDPOINT"],
        }
        for kernel in start_kernel(folder, ODPS_JUPYTER_DATA_DIR=twin, **variables):
            yield from _prepared(Project(kernel, variables["ODPS_PROJECT_NAME"], table, None))
        return
    with far_away(tmp_path_factory.mktemp("far")) as far:
        for kernel in start_kernel(folder, ODPS_JUPYTER_DATA_DIR=twin, **far.environ):
            yield from _prepared(Project(kernel, PROJECT, table, far.proxy))


def _prepared(project: Project) -> Iterator[Project]:
    made = f"t = o.create_table('{project.table}', 'x bigint, name string', lifecycle=1)\n"
    rows = "with t.open_writer() as w:\n    w.write([[n, f'n{n % 3}'] for n in range(30)])\n"
    project.kernel.done(f"%%odps\n{made}{rows}far = t.to_df()")
    try:
        yield project
    finally:
        project.kernel.done("t.drop()")


@pytest.fixture
def kernel(project: Project) -> Kernel:
    return project.kernel


def test_it_is_the_environments_and_no_embedded_one(project: Project, kernel: Kernel) -> None:
    status = kernel.done("%odps status").text
    assert f"{project.name}, project {project.name} at http" in status
    assert "by the environment" in status


def test_a_function_is_tried_here_and_run_there(project: Project, kernel: Kernel) -> None:
    outcome = kernel.done("%%odps\ndef double(x):\n    return x * 2\nfar.x.map(double).sum().execute()")
    assert outcome.value == "870"
    assert "preflight: double on 20 rows" in outcome.text
    shown = kernel.done("%odps explain double").text
    assert "return x * 2" in shown
    assert project.table in shown


def test_an_image_that_may_be_the_projects_own_is_remarked_on(project: Project, kernel: Kernel) -> None:
    code = "far.x.map(lambda x: x + 1).sum().execute()"
    outcome = kernel.run(f"%%odps --image their_own\n{code}")
    assert (
        "The image 'their_own' is not known to the executor twin; it knows bare, common, scipy, sklearn, statsmodels, "
        f"xgboost. It is sent to project {project.name} as an image of its own."
    ) in outcome.text
    assert outcome.error != "UserError"  # what the project says of it is for the project to say
    assert "as an image of its own" not in kernel.run(f"%%odps --image pytorch\n{code}").text
    assert "as an image of its own" not in kernel.run(f"%%odps --image common --dry-run\n{code}").text


def test_what_fails_is_stopped_here(project: Project, kernel: Kernel) -> None:
    before = 0 if project.proxy is None else len(project.proxy.seen)
    outcome = kernel.run("%%odps\ndef broken(x):\n    return x.missing\nfar.x.map(broken).sum().execute()")
    assert outcome.error == "PreflightError"
    assert ", line 3): AttributeError" in outcome.traceback
    if project.proxy is not None:
        # Its rows are read, and nothing is made.
        sent = [asked for asked in project.proxy.seen[before:] if asked.method in {"POST", "PUT"}]
        assert [asked for asked in sent if "downloads" not in asked.query and not asked.path.endswith("/logs")] == []


def test_an_error_comes_home_and_is_replayed(kernel: Kernel) -> None:
    outcome = kernel.run(f"%%odps\n{INVERT}far.x.map(invert, 'float').sum().execute()")
    assert outcome.error == "ScriptError"
    assert f"invert failed on the executor (cell {outcome.number}, line 3): ZeroDivisionError" in outcome.traceback
    assert "for the row (25)" in outcome.traceback
    replayed = kernel.run("%odps replay")
    assert replayed.error == "ZeroDivisionError"
    assert "return 100 / (x - 25)" in replayed.traceback


@pytest.mark.parametrize(("where", "place"), [("remote", None), ("twin", "embedded")])
def test_pandas_and_the_executor_agree(project: Project, kernel: Kernel, where: str, place: str | None) -> None:
    told = f"compare: Projection is equal on pandas and on the executor ({place or project.name}), 30 rows"
    outcome = kernel.done(f"%%odps --compare {where}\nfar[far.name, far.x.map(lambda v: v + 1).rename('y')]")
    assert told in outcome.text
    assert kernel.value(f"[t.name for t in o.list_tables(prefix='{PREFIX}')]") == "[]"


def test_a_module_is_packed_uploaded_and_used(kernel: Kernel) -> None:
    name = f"odps_jupyter_test_{uuid4().hex}.zip"
    assert ": uploaded" in kernel.done(f"%odps pack ./far_helpers.py --name {name}").text
    try:
        assert "is there already" in kernel.done(f"%odps pack ./far_helpers.py --name {name}").text
        outcome = kernel.done(
            f"%%odps --libraries {name}\ndef use(x):\n    import far_helpers\n    return far_helpers.shift(x)\n"
            "far.x.map(use).max().execute()"
        )
        assert outcome.value == "39"
    finally:
        kernel.done(f"o.delete_resource('{name}')")


def no_functions(asked: Asked) -> Fault:
    return denied("CreateFunction") if asked.method == "POST" and "functions" in asked.path else None


# A real project is not ours to close.
@pytest.mark.parametrize("project", ["far"], indirect=True)
def test_a_project_that_may_only_be_read_says_what_a_function_lacks_and_what_works(
    project: Project, kernel: Kernel
) -> None:
    assert project.proxy is not None
    mapped = "def halve(x):\n    return x / 2\nfloat(far.x.map(halve, 'float').sum().execute())"
    held = "[x.name for x in (*o.list_resources(), *o.list_functions()) if 'udf' in x.name]"
    for decide, lacking in ((read_only, "CreateResource"), (no_functions, "CreateFunction")):
        with project.proxy.doing(decide):
            for magic, line in (("%%odps\n", 4), ("", 3)):
                refused = kernel.run(f"{magic}{mapped}")
                assert (
                    f"This account lacks {lacking} on project far_away; its owner can grant it. Expressions without "
                    "Python functions need none of it, nor does `%%odps --backend pandas`." in refused.traceback
                )
                assert f"Executed by cell {refused.number}, line {line}:" in refused.traceback
                assert refused.stderr == ""
            assert kernel.done(f"%%odps --backend pandas\n{mapped}").value == "217.5"
            assert kernel.done("%%odps\nfar.count().execute()").value == "30"
        assert kernel.value(held) == "[]"


# In a real project a schema is not everybody's to make.
@pytest.mark.parametrize("project", ["far"], indirect=True)
def test_a_schema_of_the_users_own_entry_object(kernel: Kernel) -> None:
    kernel.done(
        "from odps import ODPS\nkept = o\nkept.create_schema('side')\n"
        "o = ODPS(kept.account, project=kept.project, endpoint=kept.endpoint, schema='side', "
        "tunnel_endpoint=kept._tunnel_endpoint)\n"
        "from odps import options\noptions.sql.settings = {'odps.namespace.schema': 'true'}"
    )
    try:
        outcome = kernel.done(
            "%%odps\nt2 = o.create_table('in_side', 'x bigint')\nwith t2.open_writer() as w:\n    w.write([[5], [6]])\n"
            "t2.to_df().x.map(lambda v: v * 3).sum().execute()"
        )
        assert outcome.value == "33"
        assert "by the object o" in kernel.done("%odps status").text
        held = "[x.name for x in (*o.list_resources(), *o.list_functions()) if 'udf' in x.name]"
        assert kernel.value(held) == "[]"
    finally:
        kernel.done("options.sql.settings = {}\ndel o")
        kernel.done("%%odps\no.project")
