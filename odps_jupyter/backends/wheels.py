"""Which wheels a package needs on the executor: those for its Python and system that its image lacks.

pip chooses wheels for another Python but judges the markers of requirements (``python_version < "3.8"``) by its own.
So what each wheel requires is read again here, by the executor's markers, until nothing is missing and nothing is left
that only this kernel's Python needs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.markers import InvalidMarker
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from odps_jupyter.errors import UserError

from .pip import Conflict, download
from .target import Target

#: Rounds of reading what wheels require; each adds at least one distribution.
ROUNDS = 20
#: Marks the empty wheel that stands for what the image has: a local version satisfies all that the plain one does.
_STANDS_IN = "+odps.image"


@dataclass(frozen=True)
class Wheel:
    """One distribution to pack."""

    name: str
    version: str
    path: Path


@dataclass(frozen=True)
class Resolved:
    """Attributes:

    wheels: what was asked for first, then what that needs.
    from_image: distributions that are needed and that the image has, each ``name==version``.
    replaced: distributions of the image in other versions than it has, as nothing else fits together.
    """

    wheels: tuple[Wheel, ...]
    from_image: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()


def resolve(target: Target, specifications: Sequence[str], folder: Path) -> Resolved:
    """Download what ``specifications`` (``NAME[==VERSION]``, or paths of wheels) need on the executor into ``folder``.

    Raises:
        UserError: one of them is no requirement, or cannot be had for the executor.
    """
    roots = [_root(text) for text in specifications]
    asked = {canonicalize_name(root.name) for root in roots}
    image: dict[str, str] = {
        canonicalize_name(name): version
        for name, _, version in (one.partition("==") for one in target.profile.requirements)
        if canonicalize_name(name) not in asked
    }
    try:
        return _closed(target, specifications, roots, image, folder / "lean")
    except Conflict:
        pass
    try:
        resolved = _closed(target, specifications, roots, {}, folder / "whole")
    except Conflict as error:
        raise UserError(
            f"{' and '.join(specifications)} cannot be packed together: {error}",
            hint="Name versions that fit each other, or none.",
        ) from error
    replaced = tuple(f"{wheel.name} {image[wheel.name]}" for wheel in resolved.wheels if wheel.name in image)
    return Resolved(resolved.wheels, (), replaced)


def _closed(
    target: Target, specifications: Sequence[str], roots: Sequence[Requirement], image: dict[str, str], folder: Path
) -> Resolved:
    wanted = list(specifications)
    with TemporaryDirectory(prefix="odps-jupyter-") as stubs:
        constraints = Path(stubs) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}{_STANDS_IN}\n" for name, version in image.items()))
        for name, version in image.items():
            _stand_in(Path(stubs), name, version + _STANDS_IN)
        extra = ["--find-links", stubs, "--constraint", str(constraints)] if image else []
        for number in range(ROUNDS):
            held = folder / str(number)
            held.mkdir(parents=True)
            download(target, wanted, held, extra)
            wheels = {wheel.name: wheel for wheel in map(_wheel, held.iterdir())}
            reached, missing = _reach(target, roots, wheels)
            if not missing:
                packed = [wheels[name] for name in reached if name not in image]
                brought = tuple(f"{name}=={image[name]}" for name in reached if name in image)
                return Resolved(tuple(packed), brought)
            wanted += missing
    raise UserError(
        f"What {', '.join(specifications)} need does not come to an end after {ROUNDS} rounds.",
        hint="Name the packages one by one.",
    )


def _reach(target: Target, roots: Sequence[Requirement], wheels: dict[str, Wheel]) -> tuple[list[str], list[str]]:
    """The distributions that the roots need there, nearest first, and the requirements that no wheel here meets."""
    queue = list(roots)
    extras: dict[str, set[str]] = {}
    missing: list[str] = []
    for requirement in queue:
        name = canonicalize_name(requirement.name)
        new = set(requirement.extras) - extras.get(name, set())
        if name in extras and not new:
            continue
        extras.setdefault(name, set()).update(new)
        if name not in wheels:
            plain = Requirement(str(requirement))
            plain.marker = None
            missing.append(str(plain))
            continue
        queue += _required(target, wheels[name], extras[name])
    return [name for name in extras if name in wheels], missing


def _required(target: Target, wheel: Wheel, extras: set[str]) -> Iterator[Requirement]:
    for text in _metadata(wheel.path):
        try:
            requirement = Requirement(text)
        except (InvalidRequirement, InvalidMarker) as error:
            raise UserError(f"{wheel.path.name} requires {text!r}, which cannot be read.") from error
        marker = requirement.marker
        if marker is None or any(marker.evaluate({**target.markers(), "extra": extra}) for extra in ("", *extras)):
            yield requirement


def _metadata(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        name = next((one for one in archive.namelist() if one.endswith(".dist-info/METADATA")), None)
        text = "" if name is None else archive.read(name).decode("utf-8", "replace")
    return [str(value) for value in Parser().parsestr(text, headersonly=True).get_all("Requires-Dist", [])]


def _root(text: str) -> Requirement:
    path = Path(text)
    if path.suffix == ".whl":
        wheel = _wheel(path)
        return Requirement(f"{wheel.name}=={wheel.version}")
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UserError(
            f"{text!r} names no package.", hint="Say NAME or NAME==VERSION; a file or folder by its path, ./helpers.py."
        ) from error
    if requirement.url is not None:
        raise UserError(f"{text!r} names an address.", hint="Download the wheel and pack it by its path.")
    return requirement


def _wheel(path: Path) -> Wheel:
    name, version, _, _ = parse_wheel_filename(path.name)
    return Wheel(name, str(version), path)


def _stand_in(folder: Path, name: str, version: str) -> None:
    label = f"{name.replace('-', '_')}-{version}"
    with zipfile.ZipFile(folder / f"{label}-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{label}.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{label}.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{label}.dist-info/RECORD", "")
