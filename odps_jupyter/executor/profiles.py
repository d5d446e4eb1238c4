"""Which Python, with which packages, runs a job's functions."""

from __future__ import annotations

from dataclasses import dataclass

# The tags MaxCompute has, as its page "python-3-udfs" and its list of built-in images name them.
_RUNTIMES = {"cp27": (2, 7), "cp37": (3, 7), "cp311": (3, 11)}
_DEFAULT_TAG = "cp27"
# From this client version on, PyODPS ships bytecode that no MaxCompute runtime can load.
_FIRST_UNSUPPORTED_CLIENT = (3, 12)
# Packages by image; the plain runtime has NumPy as PyODPS's manual counts on it.
_PACKAGES: dict[str | None, tuple[str, ...]] = {
    None: ("numpy",),
    "bare": (),
    "common": ("numpy", "pandas", "pytz", "dateutil", "six", "tzdata", "cloudpickle", "requests", "setuptools"),
}


@dataclass(frozen=True)
class Profile:
    """One kind of executor: a Python version, an image, and what can be imported besides the standard library."""

    name: str
    python: tuple[int, int]
    image: str | None
    packages: tuple[str, ...]
    is_runtime: bool


class UnknownProfile(ValueError):
    """The tag or image asked for is none that an executor has."""


def profile_for(requested_tag: str | None, image: str | None, client: tuple[int, int] | None) -> Profile:
    """The profile of a job.

    Args:
        requested_tag: the hint ``odps.sql.python.version``; None means the service's default, cp27.
        image: the hint ``odps.session.image``; None is the plain runtime, ``bare`` the one without NumPy.
        client: the Python that made the function, read from a generated UDF; None for a function written by hand.

    A client too new for every MaxCompute runtime gets ``local``: its own Python, which is no runtime and says so.

    Raises:
        UnknownProfile: the tag or the image is not known.
    """
    if image not in _PACKAGES:
        known = ", ".join(sorted(name for name in _PACKAGES if name))
        raise UnknownProfile(f"The image {image!r} is not known to the executor twin; it knows {known}.")
    packages = _PACKAGES[image]
    if client is not None and client >= _FIRST_UNSUPPORTED_CLIENT:
        return Profile("local", client, image, packages, is_runtime=False)
    tag = requested_tag or _DEFAULT_TAG
    if tag not in _RUNTIMES:
        known = ", ".join(_RUNTIMES)
        raise UnknownProfile(f"{tag!r} is not a Python of MaxCompute; odps.sql.python.version can be {known}.")
    return Profile(tag, _RUNTIMES[tag], image, packages, is_runtime=True)
