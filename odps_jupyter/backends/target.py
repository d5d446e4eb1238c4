"""For which Python and system a package is packed: the executor's, as pip and the markers of requirements name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from odps_jupyter.executor.profiles import Profile

#: Pythons that packages are packed for. For cp27 no registry has kept its wheels and pip's markers complete.
TAGS = ("cp37", "cp311")
#: What loads on the executor, newest first (facts: cp37m manylinux1/2010/2014, cp311 manylinux2014). pip takes each
#: by its very name, and wheels are named by either scheme.
PLATFORMS = (
    *("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64"),
    *("manylinux_2_5_x86_64", "manylinux1_x86_64"),
)


@dataclass(frozen=True)
class Target:
    """The executor of one ``profile``, whatever Python this process runs on."""

    profile: Profile

    @property
    def tag(self) -> str:
        """As MaxCompute names it, such as ``cp37``."""
        return f"cp{self.profile.python[0]}{self.profile.python[1]}"

    @property
    def where(self) -> str:
        """What brings the packages that need not be packed, in words."""
        return f"image {self.profile.image}" if self.profile.image else f"the plain {self.tag} runtime"

    def pip_options(self) -> list[str]:
        """What makes pip choose for the executor instead of for itself."""
        major, minor = self.profile.python
        # pymalloc has been a letter of the ABI until 3.7.
        abi = f"{self.tag}m" if (major, minor) < (3, 8) else self.tag
        options = ["--python-version", f"{major}.{minor}", "--implementation", "cp", "--abi", abi]
        return [*options, *(word for platform in PLATFORMS for word in ("--platform", platform))]

    def markers(self) -> Mapping[str, str]:
        """The environment in which the markers of requirements hold there (packaging.python.org, PEP 508)."""
        version = ".".join(map(str, self.profile.python))
        return {
            "python_version": version,
            "python_full_version": f"{version}.0",
            "implementation_name": "cpython",
            "implementation_version": f"{version}.0",
            "platform_python_implementation": "CPython",
            "os_name": "posix",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": "x86_64",
        }
