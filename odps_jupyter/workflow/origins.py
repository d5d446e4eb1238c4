"""Where the modules that shipped functions import come from on the executor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from odps_jupyter.rules.archives import Contents, loads, read_contents
from odps_jupyter.rules.setting import Setting, standard_library

#: A library larger than this is not downloaded to look inside (bytes).
LOOKED_INTO = 256 << 20

Kind = Literal["standard library", "image", "library", "missing", "unknown"]


@dataclass(frozen=True)
class Library:
    """A library in force: ``contents`` is None where it cannot be looked into, ``standing`` says why or what it is; it
    is empty where nobody tried.

    ``unpacked``: it stands on sys.path; what is not is asked last, after all that is installed.
    """

    name: str
    standing: str
    contents: Contents | None
    unpacked: bool


@dataclass(frozen=True)
class Origin:
    """One module and the functions that import it; ``detail`` says which library or image, or what is in doubt."""

    module: str
    users: tuple[str, ...]
    kind: Kind
    detail: str


def look_into(names: Iterable[Any], entry: Any | None, setting: Setting, folder: Path) -> Iterator[Library]:
    """What each library holds; names of resources are asked of ``entry``, and kept in ``folder`` meanwhile."""
    for number, library in enumerate(names):
        name = str(getattr(library, "name", library))
        local = setting.contents(name) if isinstance(library, str) else None
        if entry is not None and "/" not in name and entry.exist_resource(name):
            yield _of_project(name, entry, setting, folder / str(number))
        elif local is not None:
            yield Library(name, "a file or folder here", local, unpacked=True)
        else:
            where = "not connected" if entry is None else f"not in project {entry.project}, and no file here"
            yield Library(name, where, None, unpacked=True)


def origins(
    users: Mapping[str, Sequence[str]],
    libraries: Sequence[Library],
    setting: Setting,
    supersede: bool,
    referenced: Sequence[str] = (),
) -> list[Origin]:
    """For each module of ``users`` (its functions by module) where the executor finds it.

    Args:
        supersede: whether unpacked libraries go before what is installed (options.df.supersede_libraries).
        referenced: names of those that a DataWorks node references for its own code only.
    """
    given = [library for library in libraries if library.name not in referenced]
    beside = [library for library in libraries if library.name in referenced]
    return [
        Origin(module, tuple(dict.fromkeys(names)), *_origin(module, given, beside, setting, supersede))
        for module, names in sorted(users.items())
    ]


def imported(model: Mapping[str, Any], shipments: Iterable[Any]) -> dict[str, list[str]]:
    """Functions by the modules they import: as the source says, and as the last job's pickles did."""
    found: dict[str, list[str]] = {}
    for shipped in model.get("shipped", ()):
        for module in shipped["imports"]:
            found.setdefault(str(module), []).append(str(shipped["name"]))
    for shipment in shipments:
        for function in shipment.functions:
            for module in function.modules:
                if not any(known.partition(".")[0] == module for known in found):
                    found.setdefault(module, []).append(function.name)
    return found


def doubles(libraries: Sequence[Library]) -> dict[str, tuple[str, ...]]:
    """Modules that several libraries hold, with these: PyODPS loses the order, and nobody knows which one is found."""
    holders: dict[str, list[str]] = {}
    for library in libraries:
        for module in library.contents.modules if library.contents is not None else ():
            holders.setdefault(module, []).append(library.name)
    return {module: tuple(names) for module, names in sorted(holders.items()) if len(names) > 1}


def _origin(
    module: str, libraries: Sequence[Library], beside: Sequence[Library], setting: Setting, supersede: bool
) -> tuple[Kind, str]:
    top = module.partition(".")[0]
    profile = setting.profile
    if top in standard_library(profile.python):
        return "standard library", f"Python {profile.python[0]}.{profile.python[1]}"
    installed = setting.in_runtime(module)
    image = f"image {profile.image}" if profile.image else f"the plain {profile.name} runtime"
    holders = [library for library in libraries if library.contents is not None and top in library.contents.modules]
    if installed and not (supersede and any(library.unpacked for library in holders)):
        return "image", image
    if not holders:
        unread = [library for library in libraries if library.contents is None]
        if unread:
            tried = any(library.standing for library in unread)
            why = ", which cannot be looked into" if tried else ": `%odps libraries` looks into it"
            return "unknown", f"perhaps in {', '.join(library.name for library in unread)}{why}"
        for library in beside:
            if library.name == f"{top}.py" or (library.contents is not None and top in library.contents.modules):
                return "missing", f"{library.name} is referenced for the code here: name it in libraries="
        return "missing", f"pack it: %odps pack {top} --use"
    names = " or ".join(library.name for library in holders)
    if len(holders) > 1:
        names += " (PyODPS loses the order: pack them into one)"
    unfit = [library for library in holders if library.contents is not None and not loads(library.contents, profile)]
    return "library", f"{names}, which is built for another Python" if unfit else names


def _of_project(name: str, entry: Any, setting: Setting, folder: Path) -> Library:
    resource = entry.get_resource(name)
    kind = resource.type.value.lower()
    if (resource.size or 0) > LOOKED_INTO:
        return Library(name, f"{kind} of the project, too large to look into", None, unpacked=kind == "archive")
    folder.mkdir(parents=True)
    path = folder / name
    with entry.open_resource(name, mode="rb") as stream:
        path.write_bytes(stream.read())
    contents = read_contents(path)
    standing = f"{kind} of the project" if contents is not None else f"{kind} of the project, which cannot be read"
    return Library(name, standing, contents, unpacked=kind == "archive")
