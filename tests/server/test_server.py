"""The routes in a real Jupyter server, asked over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.server import BadRequestError, Notebooks, Question, read_request

SECONDS = 120.0
TOKEN = secrets.token_hex(16)
LISTENING = "listening at "
#: An extension beside ours: the server starts extensions when it listens, and says nothing of that itself.
ANNOUNCING = f'''
def _jupyter_server_extension_points():
    return [{{"module": "announcing"}}]

def _load_jupyter_server_extension(app):
    pass

async def _start_jupyter_server_extension(app):
    app.log.warning("{LISTENING}%s", app.connection_url)
'''


class Server:
    def __init__(self, url: str) -> None:
        self.url = url

    def call(
        self, path: str, body: object = None, *, token: str | None = TOKEN, raw: bytes | None = None
    ) -> tuple[int, Any]:
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method="POST" if data is not None else "GET")
        request.add_header("Content-Type", "application/json")
        if token:
            request.add_header("Authorization", f"token {token}")
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                text = error.read()
            return error.code, json.loads(text) if text.startswith(b"{") else text.decode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("server")
    (home / "work").mkdir()
    (home / "announcing.py").write_text(ANNOUNCING)
    (home / "work" / "pricing.py").write_text("TAX = 0.13\n")
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), str(home)]),
    }
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyter_server",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
            "--port=0",
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={home}",
            "--ServerApp.jpserver_extensions={'odps_jupyter': True, 'announcing': True}",
        ],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    lines: queue.Queue[str] = queue.Queue()
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stderr or ()])
    reader.start()
    try:
        said = [""]
        while LISTENING not in said[-1]:
            try:
                said.append(lines.get(timeout=SECONDS))
            except queue.Empty:
                raise AssertionError("the server did not start:\n" + "".join(said)) from None
        yield Server(said[-1].partition(LISTENING)[2].strip().rstrip("/"))
    finally:
        process.terminate()
        process.wait(SECONDS)
        reader.join(SECONDS)
        process.stderr.close()


def test_answers_where_the_code_of_a_notebook_runs(server: Server) -> None:
    status, answer = server.call(
        "/odps-jupyter/analyze",
        {
            "version": 1,
            "path": "a.ipynb",
            "cells": [
                {"id": "aa", "source": "df = o.get_table('pyodps_iris').to_df()"},
                {"id": "bb", "source": "def handle(v):\n    return v * 2"},
                {"id": "cc", "source": "df.sepal_length.map(handle).head(5)"},
            ],
        },
    )
    assert status == 200
    assert answer["version"] == 1
    assert [cell["id"] for cell in answer["cells"]] == ["aa", "bb", "cc"]
    assert {piece["name"]: piece["side"] for piece in answer["placement"]} == {"handle": "executor"}


def test_says_what_will_fail_with_the_files_beside_the_notebook(server: Server) -> None:
    source = (
        "from pricing import TAX as tax, gross\ndf = o.get_table('é').to_df(); df.x.map(lambda p: gross(p)).execute()"
    )
    cells = [{"id": "aa", "source": source}]
    for path, kind in (("work/a.ipynb", "local-module-code"), ("a.ipynb", "local-only-package")):
        status, answer = server.call("/odps-jupyter/analyze", {"version": 1, "path": path, "cells": cells})
        assert status == 200
        (found,) = answer["diagnostics"]
        assert (found["kind"], found["severity"]) == (kind, "error")
        start = source.split("\n")[1].index("gross")
        assert (found["line"], found["column"], found["end_column"]) == (1, start, start + 5)
        assert answer["prediction"] == {"pandas": "ok", "executor": "error"}


@pytest.mark.parametrize("path", ["../a.ipynb", "/etc/a.ipynb", "absent/a.ipynb", "a\0b/c.ipynb", "a" * 5000 + "/b"])
def test_a_path_outside_the_server_is_not_looked_at(server: Server, path: str) -> None:
    cells = [{"id": "aa", "source": "o.get_table('t').to_df().x.map(lambda v: v).execute()"}]
    status, answer = server.call("/odps-jupyter/analyze", {"version": 1, "path": path, "cells": cells})
    assert (status, answer["diagnostics"]) == (200, [])


def test_takes_how_functions_travel(server: Server) -> None:
    source = "df = o.get_table('t').to_df()\ndf.x.map(lambda v, *, by=2: v * by).execute()"
    asked = {"version": 1, "path": "ship.ipynb", "cells": [{"id": "a", "source": source}]}
    kinds = []
    for known in ({}, {"source": True}, {"source": "yes"}):
        _, answer = server.call("/odps-jupyter/analyze", {**asked, **known})
        kinds.append([item["kind"] for item in answer["diagnostics"]])
    assert kinds == [["keyword-default-lost"], [], ["keyword-default-lost"]]


def test_takes_the_order_of_the_runs_and_the_facts_of_the_kernel(server: Server) -> None:
    sources = {
        "data": "from jobs import load\ndf = load()",
        "limit": "limits = make()",
        "f": "def f(v):  # odps: ignore[network-access]\n    return v in limits",
        "run": "df.x.map(f).execute()",
        "later": "limits = 2",
    }
    cells = [{"id": name, "source": source} for name, source in sources.items()]
    asked = {
        "version": 1,
        "path": "order.ipynb",
        "cells": cells,
        "order": ["data", "f", "limit", "run", "f"],
        "edited": [],
        "facts": {"df": {"kind": "collection"}, "limits": {"kind": "object", "module": "builtins", "size": 40_000_000}},
        "unheard": True,
    }
    status, answer = server.call("/odps-jupyter/analyze", asked)
    assert status == 200
    (placement,) = [piece for piece in answer["placement"] if piece["name"] == "f"]
    assert (placement["cell"], placement["side"]) == (2, "executor")
    assert placement["reason"].endswith("; known from the kernel, not from the source")
    (shipped,) = answer["shipped"]
    assert shipped["details"]["captures"]["limits"]["set"] == {"cell": 1, "line": 0}
    assert shipped["details"]["captures"]["limits"]["set_later"] == [{"cell": 4, "line": 0, "ran": False}]
    assert [(item["kind"], item["cell"]) for item in answer["diagnostics"]] == [("unused-suppression", 2)]
    # As a fresh server would say, and with a value that is large: nothing sets it after the runs.
    asked["cells"] = cells[:4]
    status, answer = server.call("/odps-jupyter/analyze", asked)
    assert [(item["kind"], item["cell"], item["line"]) for item in answer["diagnostics"]] == [
        ("unused-suppression", 2, 0),
        ("large-capture", 2, 1),
    ]
    assert "about 40.0 MB in the kernel" in answer["diagnostics"][1]["message"]
    status, fresh = server.call("/odps-jupyter/analyze", {**asked, "path": "fresh.ipynb"})
    assert fresh == answer


def test_explains_a_rule(server: Server) -> None:
    status, answer = server.call("/odps-jupyter/rules/large-capture")
    assert (status, answer["code"]) == (200, "ODP123")
    assert answer["markdown"].startswith("# large-capture (ODP123)")
    assert "```python" in answer["markdown"]
    assert server.call("/odps-jupyter/rules/no-such-rule") == (404, {"message": "There is no rule 'no-such-rule'."})


def test_a_broken_cell_leaves_the_others_readable(server: Server) -> None:
    cells = [{"id": "aa", "source": "def f(:"}, {"id": "bb", "source": "x = 1"}]
    status, answer = server.call("/odps-jupyter/analyze", {"version": 1, "cells": cells})
    assert status == 200
    assert answer["cells"][0]["error"]["line"] == 0
    assert answer["cells"][1]["error"] is None


def test_tells_its_version(server: Server) -> None:
    assert server.call("/odps-jupyter/version") == (200, {"version": 1, "package": "0.1.0"})


@pytest.mark.parametrize(
    "path", ["/odps-jupyter/version", "/odps-jupyter/analyze", "/odps-jupyter/rules/large-capture"]
)
def test_asks_who_is_there(server: Server, path: str) -> None:
    body = {"version": 1, "cells": []} if path.endswith("analyze") else None
    assert server.call(path, body, token="wrong")[0] == 403
    assert server.call(path, body, token=None)[0] == 403


def test_bad_input_is_a_400_with_one_sentence(server: Server) -> None:
    status, answer = server.call("/odps-jupyter/analyze", raw=b"{")
    assert (status, answer) == (400, {"message": "The request is not JSON."})


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "has version None and this server speaks version 1"),
        (b'{"version": 2, "cells": []}', "has version 2 and this server speaks version 1"),
        (b'{"version": 1}', "no list of cells"),
        (b'{"version": 1, "cells": {}}', "no list of cells"),
        (b'{"version": 1, "cells": [], "path": 3}', "path of the notebook is not a text"),
        (b'{"version": 1, "cells": [{"id": "a", "source": ""}, {"id": 3, "source": ""}]}', "Cell 1 is not an object"),
        (b'{"version": 1, "cells": [{"id": "a"}]}', "Cell 0 is not an object"),
        (b'{"version": 1, "cells": [], "order": "ab"}', "The order is not a list of ids of cells"),
        (b'{"version": 1, "cells": [], "edited": [1]}', "The edited is not a list of ids of cells"),
    ],
)
def test_each_kind_of_bad_request_is_named(body: bytes, sentence: str) -> None:
    with pytest.raises(BadRequestError, match=sentence):
        read_request(body)


def test_a_notebook_of_absurd_size_is_refused() -> None:
    cell = {"id": "a", "source": "#" * 20_000_001}
    with pytest.raises(BadRequestError, match="more than 20 million characters"):
        read_request(json.dumps({"version": 1, "cells": [cell]}).encode())


async def _ask(notebooks: Notebooks, paths: list[str]) -> None:
    for path in paths:
        await notebooks.analyze(Question(path, [Cell(id="a", source="x = 1")]))


def test_only_the_notebooks_asked_about_last_are_kept() -> None:
    notebooks = Notebooks(limit=2)
    asyncio.run(_ask(notebooks, ["a", "b", "a", "c"]))
    assert list(notebooks._kept) == ["a", "c"]
