"""The Jupyter server's part: answers what runs where, from source alone, with no kernel or a busy one.

``POST /odps-jupyter/analyze`` takes ``{"version": 1, "path": "a.ipynb", "cells": [{"id": "ab12", "source": "..."}]}``
(code cells only, in document order; ``path`` names the notebook, so that its next edit costs one cell and not all) and
answers the wire form of :mod:`odps_jupyter.analysis.wire`. What is known of the kernel may come with it: ``order``, the
ids of the cells that ran, the first run first; ``edited``, the ids of those changed since; ``facts``, by name what the
namespace holds (:mod:`odps_jupyter.backends.namespace`); ``source``, whether functions travel as source.
``GET /odps-jupyter/rules/KIND`` answers the page of a rule, and ``GET /odps-jupyter/version`` what is installed.
Both ask for the server's own authentication and, for the POST, its XSRF token. A notebook is read, never run.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.version import __version__

if TYPE_CHECKING:
    from odps_jupyter.analysis.observed import ObservedAnalysis
    from odps_jupyter.rules.answers import Answers
    from odps_jupyter.rules.checker import Checker

VERSION = 1
# A panel keeps one notebook warm and people switch between a few; the rest costs a whole analysis once.
KEPT_NOTEBOOKS = 16
LONGEST_NOTEBOOK = 20_000_000
"""Characters of source, all cells together, that are analysed: far above what people write, far below what hurts."""
MOST_RUNS = 10_000
"""Runs that are looked at, the last ones: what is older has been run again or is of a notebook of another size."""


class BadRequestError(ValueError):
    """What was posted is not a request; the text is the one sentence to show."""


@dataclass(frozen=True)
class Question:
    """What was posted: a notebook, and what the panel knows of its kernel.

    Attributes:
        path: of the notebook, "" if it has none.
        cells: code cells in the order of the document.
        order: ids of the cells that ran, the first run first. ``edited``: ids of those changed since.
        facts: what the kernel said of its namespace, not read yet.
        source: whether its functions travel as source.
    """

    path: str
    cells: list[Cell]
    order: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    facts: Any = None
    source: bool = False


class Notebooks:
    """The analyses of the notebooks asked about last, by path; holds at most ``limit`` of them.

    ``root`` is the folder that paths are relative to; None where notebooks are no files.
    """

    def __init__(self, root: Path | None = None, limit: int = KEPT_NOTEBOOKS) -> None:
        self._root = root
        self._limit = limit
        self._kept: OrderedDict[str, tuple[asyncio.Lock, ObservedAnalysis, Checker, Answers]] = OrderedDict()

    async def analyze(self, question: Question) -> str:
        """Analyse off the event loop, one question about a notebook at a time; return the wire form as JSON."""
        path, cells = question.path, question.cells
        # Imported on the first question: a server without notebooks of ours starts no slower for having us.
        from odps_jupyter.analysis.live import read_facts
        from odps_jupyter.analysis.observed import Observation, ObservedAnalysis
        from odps_jupyter.rules.answers import Answers
        from odps_jupyter.rules.by_value import as_it_travels
        from odps_jupyter.rules.checker import Checker
        from odps_jupyter.rules.document import in_document
        from odps_jupyter.rules.setting import Setting

        def answer() -> str:
            observed = Observation(question.order, question.edited, read_facts(question.facts))
            model = analysis.update(cells, observed)
            setting = Setting(folder=self._folder(path), source=question.source)
            evidence = analysis.evidence()
            report = in_document(checker.check(evidence, setting), analysis.course)
            return answers.text(as_it_travels(model, evidence, setting), report, cells)

        fresh = (asyncio.Lock(), ObservedAnalysis(), Checker(), Answers())
        lock, analysis, checker, answers = self._kept.setdefault(path, fresh)
        self._kept.move_to_end(path)
        while len(self._kept) > self._limit:
            self._kept.popitem(last=False)
        async with lock:
            try:
                return await asyncio.to_thread(answer)
            except BaseException:
                # Half an update is worth nothing: the next question starts from a fresh analysis.
                self._kept.pop(path, None)
                raise

    def _folder(self, path: str) -> Path | None:
        """Where the notebook lies, and with it the modules beside it; None where that is not below the root."""
        if self._root is None or not path:
            return None
        try:
            folder = (self._root / path.lstrip("/")).resolve().parent
            return folder if folder.is_dir() and folder.is_relative_to(self._root) else None
        except (OSError, ValueError):
            return None  # no name of a file: too long, a null byte


def read_request(body: bytes) -> Question:
    """What is asked; raises :class:`BadRequestError`."""
    try:
        request = json.loads(body)
    except ValueError as error:
        raise BadRequestError("The request is not JSON.") from error
    if not isinstance(request, dict):
        raise BadRequestError("The request is not a JSON object.")
    if request.get("version") != VERSION:
        raise BadRequestError(
            f"The request has version {request.get('version')!r} and this server speaks version {VERSION}: "
            "reload the page, and if that does not help install the same odps-jupyter everywhere."
        )
    path, cells = request.get("path", ""), request.get("cells")
    if not isinstance(path, str):
        raise BadRequestError("The path of the notebook is not a text.")
    if not isinstance(cells, list):
        raise BadRequestError("The request has no list of cells.")
    read: list[Cell] = []
    for index, cell in enumerate(cells):
        match cell:
            case {"id": str(name), "source": str(source)}:
                read.append(Cell(id=name, source=source))
            case _:
                raise BadRequestError(f"Cell {index} is not an object with an id and a source, both texts.")
    if sum(len(cell.source) for cell in read) > LONGEST_NOTEBOOK:
        raise BadRequestError(
            f"The notebook holds more than {LONGEST_NOTEBOOK // 1_000_000} million characters of code."
        )
    order, edited = _ids(request, "order"), _ids(request, "edited")
    return Question(path, read, order[-MOST_RUNS:], edited, request.get("facts"), request.get("source") is True)


def _ids(request: dict[str, Any], field: str) -> tuple[str, ...]:
    given = request.get(field)
    if given is None:
        return ()
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise BadRequestError(f"The {field} is not a list of ids of cells.")
    return tuple(given)


class AnalyzeHandler(APIHandler):
    """``POST /odps-jupyter/analyze``."""

    def initialize(self, notebooks: Notebooks) -> None:
        self.notebooks = notebooks

    @web.authenticated
    async def post(self) -> None:
        try:
            question = read_request(self.request.body)
        except BadRequestError as error:
            self.set_status(400)
            self.finish(json.dumps({"message": str(error)}))
            return
        self.finish(await self.notebooks.analyze(question))


class VersionHandler(APIHandler):
    """``GET /odps-jupyter/version``."""

    @web.authenticated
    async def get(self) -> None:
        self.finish(json.dumps({"version": VERSION, "package": __version__}))


class RuleHandler(APIHandler):
    """``GET /odps-jupyter/rules/KIND``."""

    @web.authenticated
    async def get(self, kind: str) -> None:
        from odps_jupyter.rules.pages import page
        from odps_jupyter.rules.registry import RULES

        rule = next((rule for rule in RULES if kind in (rule.kind, rule.code)), None)
        if rule is None:
            self.set_status(404)
            self.finish(json.dumps({"message": f"There is no rule {kind!r}."}))
            return
        self.finish(json.dumps({"version": VERSION, "kind": rule.kind, "code": rule.code, "markdown": page(rule)}))


def load(server_app: Any) -> None:
    """Add the routes to a running Jupyter server (``server_app`` is its ``ServerApp``)."""
    application = server_app.web_app
    base = application.settings["base_url"]
    # Only a contents manager of files has one.
    root = getattr(server_app.contents_manager, "root_dir", None)
    notebooks = Notebooks(None if root is None else Path(root).resolve())
    application.add_handlers(
        ".*$",
        [
            (url_path_join(base, "odps-jupyter", "analyze"), AnalyzeHandler, {"notebooks": notebooks}),
            (url_path_join(base, "odps-jupyter", "version"), VersionHandler),
            (url_path_join(base, "odps-jupyter", "rules", r"([a-zA-Z0-9-]+)"), RuleHandler),
        ],
    )
    server_app.log.info("odps-jupyter %s answers at %sodps-jupyter/", __version__, base)


# The name by which the server looks for it in the module that the package's extension points name.
_load_jupyter_server_extension = load
