"""``%odps pack`` and ``%odps libraries`` in a real kernel; pip looks in one folder of this machine only."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from odps_jupyter.backends.embedded import Service

from .conftest import Kernel, start_kernel


@pytest.fixture(scope="module")
def packing(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Kernel]:
    links = tmp_path_factory.mktemp("links")
    with zipfile.ZipFile(links / "kernel_tool-1.2-py3-none-any.whl", "w") as archive:
        archive.writestr("kernel_tool.py", "def shift(x):\n    return x + 10\n")
        facts = "kernel_tool-1.2.dist-info"
        archive.writestr(f"{facts}/METADATA", "Metadata-Version: 2.1\nName: kernel-tool\nVersion: 1.2\n")
        archive.writestr(f"{facts}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{facts}/RECORD", "")
    folder = tmp_path_factory.mktemp("packing")
    (folder / "local_tool.py").write_text("NAME = '<b>'\n", encoding="utf-8")
    yield from start_kernel(
        folder,
        ODPS_JUPYTER_DATA_DIR=str(Path(service.secret_file).parent),
        PIP_NO_INDEX="1",
        PIP_FIND_LINKS=str(links),
        SKYNET_ID="1",
    )


def test_pack_use_and_see_where_imports_come_from(packing: Kernel) -> None:
    packing.run("__import__('odps').options.df.libraries = None")
    tried = packing.run("%odps pack kernel-tool --dry-run")
    assert tried.error is None, tried.traceback
    assert "would be uploaded" in tried.text
    made = packing.run("%odps pack kernel-tool==1.2 ./local_tool.py --use")
    assert made.error is None, made.traceback
    assert ": uploaded" in made.text
    assert "options.df.libraries = ['kernel_tool_1.2-local_tool-" in made.text
    again = packing.run("%odps pack kernel-tool==1.2 ./local_tool.py --use")
    assert "is there already: nothing uploaded" in again.text
    assert packing.value("len(__import__('odps').options.df.libraries)") == "1"

    ran = packing.run(
        "%%odps --no-preflight\niris = o.get_table('pyodps_iris').to_df()\n"
        "def use(x):\n    import kernel_tool, json, numpy, local_tool\n    return kernel_tool.shift(x)\n"
        "least = iris.sepal_length.map(use).min().execute()"
    )
    assert ran.error is None, ran.traceback
    assert round(float(packing.value("float(least)")), 1) == 14.3
    told = packing.run("%odps inspect").text
    assert "No problems found" in told
    assert ".zip: `%odps libraries` looks into it" in told

    packing.run("def lost(x):\n    import of_no_library\n    return x\nbuilt = iris.sepal_length.map(lost)")
    shown = packing.run("%odps libraries")
    assert shown.error is None, shown.traceback
    lines = {line.split()[0]: line for line in shown.text.splitlines() if line.strip()}
    assert "library" in lines["kernel_tool"]
    assert "kernel_tool_1.2-local_tool-" in lines["local_tool"]
    assert "standard library" in lines["json"]
    assert "image" in lines["numpy"]
    assert "missing" in lines["of_no_library"]
    assert "pack it: %odps pack of_no_library --use" in lines["of_no_library"]
    assert "lost" in lines["of_no_library"]
    assert "<table" in shown.html


def test_two_libraries_with_one_module_are_told(packing: Kernel) -> None:
    made = packing.run(
        "%%odps\nimport io, zipfile\nfrom odps import options\nfor name in ('kernel_a.zip', 'kernel_b.zip'):\n"
        "    held = io.BytesIO()\n    with zipfile.ZipFile(held, 'w') as z:\n        z.writestr('kernel_twin.py', '')\n"
        "    _ = o.create_resource(name, 'archive', fileobj=io.BytesIO(held.getvalue()))\n"
        "options.df.libraries = ['kernel_a.zip', 'kernel_b.zip', '<i>']"
    )
    assert made.error is None, made.traceback
    shown = packing.run("%odps libraries")
    assert "kernel_twin is in kernel_a.zip and in kernel_b.zip: PyODPS loses the order" in shown.text
    assert "%odps pack kernel_a.zip kernel_b.zip" in shown.text
    assert "<i>" in shown.text
    assert "<i>" not in shown.html
    merged = packing.run("%odps pack kernel_a.zip kernel_b.zip --name kernel_both --use")
    assert "kernel_twin is that of kernel_a.zip; the one of kernel_b.zip is left out" in merged.text


def test_mistakes_are_sentences(packing: Kernel) -> None:
    outcome = packing.run("%odps pack no-such-package-anywhere")
    assert outcome.error == "UserError"
    assert "pip finds no package named no-such-package-anywhere." in outcome.traceback
    helped = packing.run("%odps pack --help")
    assert "--python {cp37,cp311}" in helped.text
    assert "%odps pack" in packing.run("%odps help").text


def test_a_dataworks_node_has_rules_of_its_own(packing: Kernel) -> None:
    status = packing.done("%odps status").text
    assert status.splitlines()[1] == "here        a DataWorks node (by the variable SKYNET_ID)"
    assert "folders of the editor are no folders of the file system" in status
    assert "resources of at most 100 MB" in status
    packing.done(
        "%%odps\niris = o.get_table('pyodps_iris').to_df()\n__import__('odps').options.df.libraries = None\n"
        "_ = o.create_resource('node_prices.py', 'py', file_obj='rate = 2')"
    )
    packing.done(
        '##@resource_reference{"node_prices.py"}\n##@resource_reference{"unsent.py"}\n'
        "def price(x):\n    import node_prices\n    return x * node_prices.rate\npriced = iris.sepal_length.map(price)"
    )
    lines = {line.split()[0]: line for line in packing.done("%odps libraries").text.splitlines() if line.strip()}
    assert "for the code here: functions have it by libraries=['node_prices.py']  py of the project" in " ".join(
        [lines["node_prices.py"]]
    )
    assert "not in project" in lines["unsent.py"]
    assert "missing" in lines["node_prices"]
    assert "node_prices.py is referenced for the code here: name it in libraries=" in lines["node_prices"]
    for code, wanted in [
        ("import unsent", "exec(open('unsent.py').read())"),
        ("open('flows/prices.csv')", "prices.csv"),
    ]:
        for magic in ("", "%%odps\n"):
            outcome = packing.run(f"{magic}{code}")
            assert outcome.traceback.count("folders of DataWorks's editor are no folders of the file system") == 1
            assert wanted in outcome.traceback
