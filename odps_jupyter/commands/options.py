"""The options of ``%%odps``: what holds for one cell, and everything as it was afterwards."""

from __future__ import annotations

import argparse
import ast
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.execution import BACKENDS
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.watched import PYTHON_HINT
from odps_jupyter.errors import UserError

from .parser import Parser

if TYPE_CHECKING:
    from odps_jupyter.workflow.compare.places import Asked
    from odps_jupyter.workflow.session import Session

PYTHONS = ("cp27", "cp37", "cp311")
IMAGE_HINT = "odps.session.image"
#: Methods of the entry object that only read; a dry run cannot hold the others back.
_READING = ("get_", "exist_", "list_", "is_")
#: Methods of what the entry object gives that write.
_WRITING = frozenset(
    {"drop", "truncate", "open_writer", "write_table", "create_partition", "delete_partition", "delete_partitions"}
)


def cell_parser() -> Parser:
    """The options of ``%%odps``; help and completion come from here."""
    parser = Parser(prog="%%odps", description="Show what of the cell runs where, and run it under the backend.")
    parser.add_argument("--backend", metavar="|".join(BACKENDS), help="where expressions run")
    parser.add_argument(
        "--sample", metavar="N|all|WHERE", help="rows of each table when on pandas: how many, or which, such as 'x > 1'"
    )
    parser.add_argument(
        "--preflight",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="try functions on a few rows here before they are sent",
    )
    parser.add_argument(
        "--compare",
        nargs="?",
        const="twin",
        choices=("twin", "remote"),
        help="ask pandas and the executor the same on the same sample; remote: the project's own, by temporary tables",
    )
    parser.add_argument(
        "--libraries", metavar="NAME,...", help="resources, .py files or folders that functions import from"
    )
    parser.add_argument(
        "--resources", metavar="NAME,...", help="resources that functions open with odps.distcache, attached to each"
    )
    parser.add_argument("--image", metavar="NAME", help="the executor's image, such as common")
    parser.add_argument("--python", choices=PYTHONS, help="the executor's Python")
    parser.add_argument("--hints", metavar="K=V", action="append", default=[], help="a setting of the jobs; repeatable")
    parser.add_argument("--out", metavar="NAME", help="keep the result of the last line under this name")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="show the jobs of the first execution, their functions and what they read; send nothing",
    )
    parser.add_argument(
        "--async",
        action="store_true",
        dest="background",
        help="return at once: what the last line executes goes on in the background, and is an object with wait(), "
        "result(), stop() and status; the other lines run now and must execute nothing that waits",
    )
    return parser


@dataclass(frozen=True)
class Options:
    """What a ``%%odps`` line says; None and empty where it says nothing."""

    backend: str | None = None
    sample: Sample | None = None
    preflight: bool | None = None
    libraries: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    image: str | None = None
    python: str | None = None
    hints: tuple[tuple[str, str], ...] = ()
    out: str | None = None
    dry: bool = False
    compare: Asked | None = None
    background: bool = False


def read_options(arguments: Namespace) -> Options:
    """The options as they are meant.

    Raises:
        UserError: one of them means nothing.
    """
    hints = dict(_hint(text) for text in arguments.hints)
    python = arguments.python or hints.get(PYTHON_HINT)
    if python is not None and python not in PYTHONS:
        raise UserError(f"{python!r} is no Python of MaxCompute.", hint=f"Choose {', '.join(PYTHONS)}.")
    hints.pop(PYTHON_HINT, None)
    if arguments.out is not None and not arguments.out.isidentifier():
        raise UserError(f"{arguments.out!r} is no name.", hint="Say one such as `--out result`.")
    if arguments.dry_run and arguments.backend == "pandas":
        raise UserError("A dry run shows what MaxCompute would get.", hint="Leave --backend pandas out.")
    if arguments.compare is not None and arguments.dry_run:
        raise UserError("A dry run executes nothing that could be compared.", hint="Leave --dry-run or --compare out.")
    if arguments.background and (arguments.dry_run or arguments.compare is not None):
        other = "--dry-run sends nothing that could go" if arguments.dry_run else "--compare waits for both sides to go"
        raise UserError(f"{other} on in the background.", hint="Leave --async out.")
    if arguments.compare is not None and arguments.backend == "maxcompute":
        raise UserError(
            "A compared cell answers as pandas does on the sample, and writes nothing.",
            hint="Leave --backend maxcompute out, and run the cell there without --compare.",
        )
    return Options(
        backend="maxcompute" if arguments.dry_run else "pandas" if arguments.compare else arguments.backend,
        sample=None if arguments.sample is None else Sample.parse(arguments.sample),
        preflight=arguments.preflight,
        libraries=_names(arguments.libraries),
        resources=_names(arguments.resources),
        image=arguments.image,
        python=python,
        hints=tuple(hints.items()),
        out=arguments.out,
        dry=arguments.dry_run,
        compare=arguments.compare,
        background=arguments.background,
    )


@contextmanager
def for_this_cell(session: Session, options: Options) -> Iterator[None]:
    """Let ``options`` hold inside, and put everything back, whatever ends the cell."""
    __tracebackhide__ = True
    with ExitStack() as restoring:
        before = session.terms
        # `odps-jupyter run --compare` asks it of all cells; a dry run executes nothing that could be compared.
        compare = None if options.dry else options.compare or before.compare
        if compare or options.backend is not None or options.sample is not None:
            restoring.callback(session.set_backend, session.backend, session.sample)
            session.set_backend("pandas" if compare else options.backend or session.backend, options.sample)
        wanted = replace(
            before,
            preflight=before.preflight if options.preflight is None else options.preflight,
            dry=options.dry,
            extras=replace(before.extras, resources=options.resources, python=options.python),
            compare=compare,
        )
        if wanted != before:
            restoring.callback(session.set_terms, before)
            session.set_terms(wanted)
        _set_pyodps(options, restoring)
        yield


def check_exist(options: Options, entry: Any) -> None:
    """Say before the cell runs which resource it names in vain.

    Raises:
        UserError: the project has no such resource, and there is no such file.
    """
    from pathlib import Path

    for name in (*options.libraries, *options.resources):
        here = name in options.libraries and Path(name).exists()
        if not here and ("/" in name or not entry.exist_resource(name)):
            raise UserError(
                f"There is no resource {name!r} in project {entry.project}.",
                hint="`[r.name for r in o.list_resources()]` lists what there is; a file or folder is named by its "
                "path, such as ./helpers.py.",
            )


def check_image(options: Options, session: Session) -> str | None:
    """Say before the cell runs that nobody here knows the image it names; None where there is nothing to say.

    Returns:
        A remark, where the image may be one of the project's own.

    Raises:
        UserError: the embedded MaxCompute, which the cell goes to, has no such image.
    """
    from odps_jupyter.executor.images import NOT_MADE
    from odps_jupyter.executor.profiles import UnknownProfile
    from odps_jupyter.workflow.executor import profile_now

    image = options.image or dict(options.hints).get(IMAGE_HINT)
    compare = session.terms.compare
    if image is None or options.dry or (session.backend == "pandas" and compare is None):
        return None
    try:
        profile_now(session, image)
    except UnknownProfile as error:
        connection = session.connection
        if connection is None or connection.kind == "embedded" or compare == "twin":
            raise UserError(f"{error} Nothing was sent.", hint="Name one of these, or leave it out.") from None
        if image not in NOT_MADE:
            return f"{error} It is sent to project {connection.project} as an image of its own."
    return None


def refuse_direct_calls(body: str) -> None:
    """Refuse to run dry what calls the entry object itself: only executions of expressions can be held back.

    Raises:
        UserError: the cell calls a method of ``o`` that may write.
    """
    try:
        tree = ast.parse(body)
    except SyntaxError:
        return  # a cell with shell lines or magics of its own; the session's expressions are held back all the same
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner, method = node.func.value, node.func.attr
            if (_is_entry(owner) and not method.startswith(_READING)) or (_of_entry(owner) and method in _WRITING):
                raise UserError(
                    f"A dry run cannot hold back {method} of o in line {node.lineno + 1}.",
                    hint="Move it into a cell of its own, or leave --dry-run out.",
                )


def _is_entry(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "o"


def _of_entry(node: ast.expr) -> bool:
    """Whether a chain of calls and attributes begins at the entry object."""
    while isinstance(node, ast.Call | ast.Attribute):
        node = node.func if isinstance(node, ast.Call) else node.value
    return _is_entry(node)


def _set_pyodps(options: Options, restoring: ExitStack) -> None:
    """What PyODPS has options for is said in its own; imported only where something is said."""
    if not (options.libraries or options.image or options.hints):
        return
    from odps import options as pyodps

    if options.libraries:
        restoring.callback(setattr, pyodps.df, "libraries", pyodps.df.libraries)
        pyodps.df.libraries = [*(pyodps.df.libraries or ()), *options.libraries]
    if options.image:
        restoring.callback(setattr, pyodps.df, "image", pyodps.df.image)
        pyodps.df.image = options.image
    if options.hints:
        restoring.callback(setattr, pyodps.sql, "settings", pyodps.sql.settings)
        pyodps.sql.settings = {**(pyodps.sql.settings or {}), **dict(options.hints)}


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _hint(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise UserError(
            f"{text!r} is no hint.", hint="Say a name and a value, such as `--hints odps.sql.mapper.split.size=64`."
        )
    return name.strip(), value.strip()
