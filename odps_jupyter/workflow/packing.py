"""From the names of packages, files and folders to one resource that functions import from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odps_jupyter.backends.bundle import ARCHIVES, Bundle, Part, bundle, part_of_archive, part_of_local, part_of_wheel
from odps_jupyter.backends.target import Target
from odps_jupyter.backends.wheels import Resolved, resolve
from odps_jupyter.errors import UserError
from odps_jupyter.rules.archives import loads, read_contents
from odps_jupyter.sizes import MEBIBYTE, in_words, limit_in_words

#: Of MaxCompute, for one resource and for all of a job together; older pages of it say 500 MB.
LIMIT, OLDER_LIMIT = 2048 * MEBIBYTE, 500 * MEBIBYTE
#: Of DataWorks, for what is uploaded as a resource there.
DATAWORKS_LIMIT = 100 * MEBIBYTE
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.]+")


@dataclass(frozen=True)
class Packed:
    """Attributes:

    name: of the resource. ``remarks``: what a user has to know of it, one sentence each.
    """

    name: str
    target: Target
    bundle: Bundle
    parts: tuple[str, ...]
    from_image: tuple[str, ...]
    remarks: tuple[str, ...]


def pack(
    words: Sequence[str],
    target: Target,
    folder: Path,
    entry: Any,
    name: str | None = None,
    *,
    dataworks: bool = False,
) -> Packed:
    """Pack ``words`` for ``target`` below ``folder``, NumPy first; nothing is uploaded.

    Args:
        words: requirements, paths of modules, folders, wheels and archives, or names of archives of the project.
        entry: PyODPS's entry object, asked for archives of the project only.
        name: of the resource; from the content where None.
        dataworks: whether it is uploaded from DataWorks, which takes less.

    Raises:
        UserError: one of them cannot be packed, or all together are larger than a resource may be.
    """
    parts: list[Part] = []
    wanted: list[str] = []
    for number, word in enumerate(words):
        path = Path(word).expanduser()
        if path.suffix == ".whl" or not _is_path(word):
            if path.suffix == ".whl" and not path.is_file():
                raise UserError(f"There is no file {word}.", hint="Check the path.")
            wanted.append(str(path) if path.suffix == ".whl" else word)
        else:
            parts.append(_local(word, path, target, folder / f"local{number}", entry))
    resolved = resolve(target, wanted, folder / "wheels") if wanted else Resolved(())
    unpacked = folder / "unpacked"
    wheels = [part_of_wheel(wheel.path, unpacked / wheel.path.stem) for wheel in resolved.wheels]
    ordered = sorted([*parts, *wheels], key=lambda part: not _has_numpy(part))
    made = bundle(ordered, folder / "packed.zip", frozenset(target.profile.packages), target.tag)
    if made.size > LIMIT:
        raise UserError(
            f"Packed they are {in_words(made.size)}, and MaxCompute takes {limit_in_words(LIMIT)} in one job.",
            hint="Pack less of it, or use an image that has it: %%odps --image NAME.",
        )
    if dataworks and made.size > DATAWORKS_LIMIT:
        raise UserError(
            f"Packed they are {in_words(made.size)}, and DataWorks takes {limit_in_words(DATAWORKS_LIMIT)} "
            "as a resource.",
            hint="Pack less of it, upload it from outside of DataWorks, or use one of MaxCompute's images that has it: "
            "%%odps --image NAME.",
        )
    labels = [*(f"{wheel.name}-{wheel.version}" for wheel in resolved.wheels), *(part.label for part in parts)]
    return Packed(
        _named(name, made) if name else f"{_short(labels)}-{target.tag}-{made.sha256[:10]}.zip",
        target,
        made,
        tuple(part.label for part in ordered),
        resolved.from_image,
        tuple(_remarks(made, resolved, target)),
    )


def _is_path(word: str) -> bool:
    named = word.endswith((*ARCHIVES, ".py", "/")) or word.startswith((".", "/", "~"))
    return named or "/" in word.partition("[")[0].partition("@")[0]


def _local(word: str, path: Path, target: Target, folder: Path, entry: Any) -> Part:
    if word.endswith(ARCHIVES) and not path.is_dir():
        folder.mkdir(parents=True)
        if not path.is_file():
            if "/" in word or not entry.exist_resource(word):
                raise UserError(f"There is no file and no resource {word}.", hint="Check the name.")
            path = folder / word
            with entry.open_resource(word, mode="rb") as stream:
                path.write_bytes(stream.read())
        contents = read_contents(path)
        if contents is not None and not loads(contents, target.profile):
            built = ", ".join(sorted({f"{tag.abi} {tag.platform}" for tag in contents.tags}))
            raise UserError(
                f"{word} is built for {built}, and the executor is {target.tag} on Linux x86_64.",
                hint="Choose another --python, or build it for this one.",
            )
        return part_of_archive(path, folder / "content", path.name)
    if path.is_dir() or (path.suffix == ".py" and path.is_file()):
        return part_of_local(path)
    raise UserError(
        f"There is nothing to pack at {word}.", hint="Name a .py file, a folder, a wheel, an archive or a package."
    )


def _has_numpy(part: Part) -> bool:
    return any(name == "numpy/__init__.py" for name, _ in part.files)


def _named(name: str, made: Bundle) -> str:
    if "/" in name or "," in name or not name.strip():
        raise UserError(f"{name!r} is no name of a resource.", hint="Say one such as --name helpers.zip.")
    # PyODPS reads a library by how its name ends.
    return name if name.endswith(".zip") else f"{name}.zip"


def _short(labels: Sequence[str]) -> str:
    text = "-".join(_NOT_IN_NAMES.sub("_", label.removesuffix(".py")) for label in labels[:2])
    return text if len(labels) < 3 else f"{text}-and-{len(labels) - 2}-more"


def _remarks(made: Bundle, resolved: Resolved, target: Target) -> list[str]:
    remarks = [
        f"{module} is that of {winner}; the one of {loser} is left out" for module, winner, loser in made.shadowed
    ]
    remarks += [f"it replaces {one} of {target.where}, which does not fit" for one in resolved.replaced]
    if made.size > DATAWORKS_LIMIT:
        remarks.append(
            f"DataWorks takes at most {limit_in_words(DATAWORKS_LIMIT)} as a resource: upload it from outside of it"
        )
    if made.size > OLDER_LIMIT:
        remarks.append(f"it is larger than {limit_in_words(OLDER_LIMIT)}, which older MaxCompute projects refuse")
    return remarks
