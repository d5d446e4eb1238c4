"""Statements about functions, which sqlglot has no grammar for: CREATE, DROP and the FUNCTION of a script.

Sources: the vendor's pages "CREATE FUNCTION", "Code-embedded UDFs" and "SQL UDF".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from .errors import semantic, unsupported


@dataclass(frozen=True)
class PythonFunction:
    """``CREATE [TEMPORARY] FUNCTION name AS 'class' USING ...``: resources, or ``code`` embedded in the statement."""

    name: str
    class_type: str
    resources: tuple[str, ...] = ()
    code: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class SqlFunction:
    """``[CREATE] SQL FUNCTION name(@a TYPE) [RETURNS [@r] TYPE] AS ...``; ``text`` starts with the word FUNCTION."""

    name: str
    text: str


@dataclass(frozen=True)
class CreateFunction:
    """Make a function, for good or for this script only."""

    function: PythonFunction | SqlFunction
    temporary: bool
    replace: bool = False
    if_not_exists: bool = False


@dataclass(frozen=True)
class DropFunction:
    """Take a function away."""

    name: str
    if_exists: bool


class Functions(Protocol):
    """What statements about functions change."""

    def create(self, statement: CreateFunction) -> None:
        """Keep a Python function or an SQL function; raises ``OdpsError`` where the name or a resource does not do."""

    def drop(self, statement: DropFunction) -> None:
        """Drop a function; raises ``OdpsError`` where there is none."""

    def sql(self) -> dict[str, str]:
        """The kept SQL functions of the project: text by name in lower case."""


_NAME = r"(?P<name>[\w`.:]+)"
_PYTHON = re.compile(
    rf"""\s*create\s+(?P<replace>or\s+replace\s+)?(?P<temporary>temporary\s+)?function\s+
    (?P<exists>if\s+not\s+exists\s+)?{_NAME}\s+as\s+(?P<q>['"])(?P<cls>.+?)(?P=q)\s+using\s+(?P<using>.+)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_CODE = re.compile(
    r"\s*\#code\s*\((?P<options>[^)]*)\)[^\n]*\n(?P<code>.*?)\n?[ \t]*\#end\s+code\s*", re.IGNORECASE | re.DOTALL
)
_OPTION = re.compile(r"""(['"])(\w+)\1\s*=\s*(['"])(.*?)\3""", re.DOTALL)
_SQL = re.compile(
    rf"""\s*(?P<create>create\s+(?P<replace>or\s+replace\s+)?(?P<temporary>temporary\s+)?sql\s+)?
    (?P<text>function\s+(?P<exists>if\s+not\s+exists\s+)?{_NAME}\s*\(.*)""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_DROP = re.compile(rf"\s*drop\s+function\s+(?P<exists>if\s+exists\s+)?{_NAME}\s*", re.IGNORECASE)
_FORCE = re.compile(r"\s+-?force\s*$", re.IGNORECASE)
_RESOURCE = re.compile(r"""(['"])(.*?)\1""", re.DOTALL)


def read(text: str) -> CreateFunction | DropFunction | None:
    """The statement about a function that a text is, or ``None`` if it is something else.

    Raises:
        OdpsError: it is one, and asks for what is not supported.
    """
    match = _DROP.fullmatch(text)
    if match:
        return DropFunction(_plain(match["name"]), bool(match["exists"]))
    match = _SQL.fullmatch(text)
    if match:
        function = SqlFunction(_plain(match["name"]), match["text"])
        kept = bool(match["create"]) and not match["temporary"]
        return CreateFunction(function, not kept, bool(match["replace"]), bool(match["exists"]))
    match = _PYTHON.fullmatch(text)
    if match:
        made = _python(_plain(match["name"]), match["cls"], match["using"])
        return CreateFunction(made, bool(match["temporary"]), bool(match["replace"]), bool(match["exists"]))
    return None


def _plain(name: str) -> str:
    return name.replace("`", "").lower()


def _python(name: str, class_type: str, using: str) -> PythonFunction:
    code = _CODE.fullmatch(using)
    if code:
        options = {found[2].lower(): found[4] for found in _OPTION.finditer(code["options"])}
        language = options.get("lang", "").upper()
        if language != "PYTHON":
            raise unsupported(f"code embedded in {language or 'no language'}")
        return PythonFunction(name, class_type, (), f"{code['code']}\n", options.get("filename", ""))
    listed = _FORCE.sub("", using)
    names = [one.strip() for found in _RESOURCE.finditer(listed) for one in found[2].split(",")]
    if not names or _RESOURCE.sub("", listed).strip(" \t\r\n,"):
        raise semantic(f"the resources of function {name} are written USING 'a.py', 'b.zip'")
    return PythonFunction(name, class_type, tuple(names))
