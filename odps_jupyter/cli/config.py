"""``[tool.odps-jupyter]`` of a pyproject.toml: what ``check`` takes where the command line does not say it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from odps_jupyter.errors import UserError


@dataclass(frozen=True)
class Config:
    """Attributes are named as the options are; ``resources`` is relative to the file."""

    profile: str | None = None
    client_python: str | None = None
    resources: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


def find(start: Path) -> Config:
    """The configuration of the nearest pyproject.toml at ``start`` or above it; the defaults where none has one.

    Raises:
        UserError: the file is no TOML, or says what ``check`` does not know.
    """
    for folder in (start, *start.parents):
        path = folder / "pyproject.toml"
        if path.is_file():
            table = _table(path)
            if table is not None:
                return _config(path, table)
    return Config()


def _table(path: Path) -> dict[str, Any] | None:
    try:
        held = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path} cannot be read: {error}.") from error
    tools = held.get("tool")
    table = tools.get("odps-jupyter") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise UserError(f"{path}: tool.odps-jupyter is no table.", hint="Write [tool.odps-jupyter].")
    return table


def _config(path: Path, table: dict[str, Any]) -> Config:
    known = {field.name.replace("_", "-") for field in fields(Config)}
    values: dict[str, Any] = {}
    for key, value in table.items():
        if key not in known:
            raise UserError(
                f"{path}: [tool.odps-jupyter] knows no {key!r}.", hint=f"It knows {', '.join(sorted(known))}."
            )
        several = key in ("select", "ignore")
        if several and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
            raise UserError(f"{path}: {key} is a list of kinds or codes.")
        if not several and not isinstance(value, str):
            raise UserError(f"{path}: {key} is a text.")
        name = key.replace("-", "_")
        values[name] = tuple(value) if several else path.parent / value if key == "resources" else value
    return Config(**values)
