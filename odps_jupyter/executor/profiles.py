"""Which Python, with which packages, runs a job's functions."""

from __future__ import annotations

from dataclasses import dataclass

from .images import IMAGES, NOT_MADE, PLAIN, Image

# The tags MaxCompute has, as its page "python-3-udfs" and its list of built-in images name them.
_RUNTIMES = {"cp27": (2, 7), "cp37": (3, 7), "cp311": (3, 11)}
_DEFAULT_TAG = "cp27"
# From this client version on, PyODPS ships bytecode that no MaxCompute runtime can load.
_FIRST_UNSUPPORTED_CLIENT = (3, 12)
# The newest runtime's packages are those a client's own Python stands in for.
_NEWEST_TAG = "cp311"


@dataclass(frozen=True)
class Profile:
    """One kind of executor: a Python version, an image, and what can be imported besides the standard library.

    ``requirements`` are the distributions of its environment by exact version (``numpy==1.26.4``). ``pinned`` says that
    these versions are what the vendor documents; where it is false, what an interpreter has installed is as good.
    """

    name: str
    python: tuple[int, int]
    image: str | None
    packages: tuple[str, ...]
    is_runtime: bool
    requirements: tuple[str, ...] = ()
    pinned: bool = False


class UnknownProfile(ValueError):
    """The tag or image asked for is none that an executor has."""


def profile_for(requested_tag: str | None, image: str | None, client: tuple[int, int] | None) -> Profile:
    """The profile of a job.

    Args:
        requested_tag: the hint ``odps.sql.python.version``; None means the service's default, cp27.
        image: the hint ``odps.session.image``; None is the plain runtime, ``bare`` the one without NumPy.
        client: the Python that made the function, read from a generated UDF; None for a function written by hand.

    A client too new for every MaxCompute runtime gets ``local``: its own Python, which is no runtime and says so, with
    those of the image's packages that are installed there, in the versions that are installed there.

    Raises:
        UnknownProfile: the tag or the image is not known.
    """
    if client is not None and client >= _FIRST_UNSUPPORTED_CLIENT:
        return Profile("local", client, image, _image(image, _NEWEST_TAG).packages, is_runtime=False)
    tag = requested_tag or _DEFAULT_TAG
    if tag not in _RUNTIMES:
        known = ", ".join(_RUNTIMES)
        raise UnknownProfile(f"{tag!r} is not a Python of MaxCompute; odps.sql.python.version can be {known}.")
    found = _image(image, tag)
    return Profile(
        tag,
        _RUNTIMES[tag],
        image,
        found.packages,
        is_runtime=True,
        requirements=found.requirements,
        pinned=image is not None,
    )


def _image(image: str | None, tag: str) -> Image:
    if image is None:
        return PLAIN[tag]
    known = ", ".join(sorted(IMAGES))
    if image in NOT_MADE:
        raise UnknownProfile(
            f"The image {image!r} of MaxCompute is not made by the executor twin, which has {known}: "
            "run this job on a project."
        )
    if image not in IMAGES:
        raise UnknownProfile(f"The image {image!r} is not known to the executor twin; it knows {known}.")
    if tag not in IMAGES[image]:
        raise UnknownProfile(
            f"The image {image!r} has no Python of the tag {tag}; "
            f"odps.sql.python.version can be {', '.join(IMAGES[image])} with it."
        )
    return IMAGES[image][tag]
