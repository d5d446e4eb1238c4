"""``%odps libraries``: what is in force, and where each import of the shipped functions comes from."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import UnknownProfile

from .kernel import Kernel
from .parser import Parser

NAME = "libraries"
HELP = "show which libraries are in force, and where what shipped functions import comes from"


def configure(parser: Parser) -> None:
    """Takes no arguments."""


def run(arguments: Namespace, kernel: Kernel) -> Output:
    from odps import options

    from odps_jupyter.display.libraries import show_libraries
    from odps_jupyter.rules.references import referenced
    from odps_jupyter.rules.setting import Setting
    from odps_jupyter.workflow.executor import name_now, profile_now
    from odps_jupyter.workflow.origins import doubles, imported, look_into, origins

    session, image = kernel.session, options.df.image
    try:
        profile = profile_now(session, image)
    except UnknownProfile as error:
        raise UserError(str(error), hint="Its packages are not known here.") from error
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        folder = None  # it was removed under the kernel: nothing can be beside it
    setting = Setting(profile, sys.version_info[:2], folder)
    listed = options.df.libraries or ()
    sources = dict.fromkeys(listed if isinstance(listed, list | tuple | set) else [listed], "options.df.libraries")
    last = list(session.shipments)[-1:]
    known = {str(getattr(one, "name", one)) for one in sources}
    for name in last[0].libraries if last else ():
        if name not in known:
            sources[name] = "the last job"
    for number, cell in enumerate(kernel.cells(), 1):
        for _, name in referenced(cell.source):
            if name not in known and name not in sources:
                sources[name] = f"cell {number}, for the code here: functions have it by libraries={[name]!r}"
    here = [name for name, by in sources.items() if by.startswith("cell ")]
    entry = None if session.connection is None else session.connection.entry
    with TemporaryDirectory(prefix="odps-jupyter-") as held:
        libraries = list(look_into(sources, entry, setting, Path(held)))
    users = imported(kernel.analyze(kernel.cells()), last)
    found = origins(users, libraries, setting, bool(options.df.supersede_libraries), here)
    name = name_now(session, image)
    return show_libraries(name, libraries, list(sources.values()), found, doubles(libraries))
