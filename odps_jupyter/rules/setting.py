"""Under what a notebook is judged: the executor's profile, the client, the files beside it, the project's resources."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

from stdlibs import ALL, stdlib_module_names

from odps_jupyter.executor.profiles import Profile, profile_for

from .archives import Contents, loads, read_contents

#: What the executor has of PyODPS itself: the decorators and the cache of generated UDFs.
EXECUTOR_PYODPS = frozenset({"odps.udf", "odps.distcache"})


@dataclass(frozen=True)
class Setting:
    """Attributes:

    profile: the executor's Python and packages.
    client: the Python that pickles the functions.
    folder: where the notebook lies; None where that is not known, and with it which modules are local files.
    resources: a folder that stands for the project's resources; None where their contents are unknown.
    source: whether functions travel as source (``%odps ship``), and not as the bytecode PyODPS pickles.
    """

    profile: Profile = field(default_factory=lambda: profile_for("cp311", None, None))
    client: tuple[int, int] = (3, 11)
    folder: Path | None = None
    resources: Path | None = None
    source: bool = False

    def in_runtime(self, module: str) -> bool:
        """Whether the executor can import ``module`` without any library."""
        top = module.partition(".")[0]
        if top == "odps":
            return module == "odps" or any(
                module == known or module.startswith(f"{known}.") for known in EXECUTOR_PYODPS
            )
        return top in standard_library(self.profile.python) or top in self.profile.packages

    def is_local_file(self, module: str) -> bool:
        """Whether ``module`` is a file or a folder beside the notebook."""
        top = module.partition(".")[0]
        if self.folder is None or not top:
            return False
        package = self.folder / top
        return (self.folder / f"{top}.py").is_file() or (package.is_dir() and any(package.rglob("*.py")))

    def contents(self, library: str) -> Contents | None:
        """What a library holds; None where that is not known."""
        for folder in (self.resources, self.folder):
            if folder is not None and (folder / library).is_file():
                return read_contents(folder / library)
        if self.folder is not None and library and (self.folder / library).is_dir():
            # PyODPS packs a folder as what it is called.
            return Contents(frozenset({(self.folder / library).name}))
        return None

    def library_with(self, module: str) -> str | None:
        """The first resource, by name, that brings ``module`` and can be loaded by the executor; None: none known."""
        if self.resources is None:
            return None
        top = module.partition(".")[0]
        for path in sorted(self.resources.iterdir()):
            held = read_contents(path) if path.is_file() else None
            if held is not None and top in held.modules and loads(held, self.profile):
                return path.name
        return None


@cache
def standard_library(python: tuple[int, int]) -> frozenset[str]:
    """The top-level modules of a Python's standard library (the list of the package ``stdlibs``)."""
    return frozenset(stdlib_module_names(f"{python[0]}.{python[1]}"))


@cache
def is_standard_somewhere(module: str) -> bool:
    """Whether any Python's standard library has the top-level ``module``."""
    return module.partition(".")[0] in stdlib_module_names(ALL)


@cache
def is_installed(module: str) -> bool:
    """Whether this environment can import the top-level ``module``; found by looking, nothing is imported."""
    top = module.partition(".")[0]
    return top in standard_library((3, 11)) or PathFinder.find_spec(top) is not None
