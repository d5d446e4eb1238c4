"""What holds where the local side is, and what it makes of an import or a file that is not found there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from odps_jupyter.backends.local_side import LocalSide
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.references import referenced

#: Of all: the manual of MaxCompute, "Python 3 UDFs".
_EVERYWHERE = "The endpoint is reached from here only: functions on the executor have no network."
_PACK = "`%odps pack` brings modules and packages to functions; what is installed here stays here."
_RULES = {
    "pc": ("Files and folders are those of this machine.", _PACK, _EVERYWHERE),
    "hosted": (
        "Files and folders are those of the instance, not of your PC, and may end with it.",
        _PACK,
        _EVERYWHERE,
    ),
    "dataworks": (
        'Code and data of others come as resources: reference them (`##@resource_reference{"name.py"}`); they count '
        "once they are submitted.",
        "Another file's code is read and executed, `exec(open('name.py').read())`, not imported; folders of the editor "
        "are no folders of the file system.",
        "Nothing is installed here for functions: a custom image does not reach them. They take packages from "
        "resources of at most 100 MB, named in libraries=; less than 50 MB of data is to be handled here.",
        _EVERYWHERE,
    ),
}


def rules(side: LocalSide) -> Sequence[str]:
    """What applies there, one sentence or two each; an unknown place is taken for a PC."""
    return _RULES.get(side.kind, _RULES["pc"])


def explain(error: BaseException, side: LocalSide, cells: Iterable[Cell]) -> str | None:
    """Why an import or a file is not found, where that has to do with the place; None where it has not."""
    if not side.is_dataworks:
        return None
    if isinstance(error, ModuleNotFoundError) and error.name:
        wanted = f"{error.name.partition('.')[0]}.py"
        what = f"{error.name} is no module here"
    elif isinstance(error, FileNotFoundError) and isinstance(error.filename, str):
        wanted = error.filename.replace("\\", "/").rpartition("/")[2]
        what = f"there is no file {error.filename}"
    else:
        return None
    known = {name.rpartition("/")[2] for cell in cells for _, name in referenced(cell.source)}
    where = f"{what}, as folders of DataWorks's editor are no folders of the file system"
    if wanted in known:
        return (
            f"{where}: {wanted} is referenced, and lies beside the node once it is submitted: open it by that name"
            + (f", `exec(open({wanted!r}).read())`." if wanted.endswith(".py") else ".")
        )
    return f'{where}: submit it as a resource and reference it, `##@resource_reference{{"{wanted}"}}`' + (
        f", then `exec(open({wanted!r}).read())`." if wanted.endswith(".py") else f", then open {wanted!r}."
    )
