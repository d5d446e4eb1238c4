"""Which packages each image of the executor holds, by exact version: data, read by ``profiles``.

Source: MaxCompute's page "Built-in images" (2025-12), which names each image's own library, NumPy, pandas, and for all
of them cloudpickle, requests and setuptools. It says nothing of what those stand on (pytz, urllib3, ...): the versions
of these are ours, of the time of the named ones, so that an environment is the same wherever it is made. The page's
"pickle 5.0.12" exists on no registry and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Image:
    """``packages`` are import names, ``requirements`` the distributions that hold them, each ``name==version``."""

    packages: tuple[str, ...]
    requirements: tuple[str, ...]


_COMMON_NAMES = (
    *("numpy", "pandas", "cloudpickle", "requests", "setuptools", "pkg_resources"),
    *("dateutil", "pytz", "six", "certifi", "charset_normalizer", "idna", "urllib3"),
)
_EVERYWHERE = ("cloudpickle==2.2.1", "requests==2.31.0", "setuptools==68.0.0")
_BELOW = (
    *("python-dateutil==2.9.0.post0", "pytz==2024.1", "six==1.16.0"),
    *("certifi==2024.2.2", "charset-normalizer==3.3.2", "idna==3.7", "urllib3==2.0.7"),
)
_COMMON = {
    "cp37": Image(_COMMON_NAMES, ("numpy==1.21.6", "pandas==1.3.5", *_EVERYWHERE, *_BELOW)),
    "cp311": Image(
        (*_COMMON_NAMES, "tzdata"), ("numpy==1.26.4", "pandas==2.2.2", *_EVERYWHERE, *_BELOW, "tzdata==2024.1")
    ),
}


def _more(packages: tuple[str, ...], **requirements: tuple[str, ...]) -> dict[str, Image]:
    """An image of ``common`` and more; ``requirements`` by tag."""
    return {
        tag: Image((*_COMMON[tag].packages, *packages), (*_COMMON[tag].requirements, *own))
        for tag, own in requirements.items()
    }


#: The plain runtime has NumPy, as PyODPS's manual counts on it. No page names a version: these are those of the image
#: ``common``, and for Python 2 the last one there is. An interpreter's own NumPy is as good.
PLAIN: Mapping[str, Image] = {
    "cp27": Image(("numpy",), ("numpy==1.16.6",)),
    "cp37": Image(("numpy",), ("numpy==1.21.6",)),
    "cp311": Image(("numpy",), ("numpy==1.26.4",)),
}
#: Images by name and Python tag; ``bare`` is ours: the plain runtime as the page that counts on no NumPy describes it.
IMAGES: Mapping[str, Mapping[str, Image]] = {
    "bare": dict.fromkeys(("cp27", "cp37", "cp311"), Image((), ())),
    "common": _COMMON,
    "scipy": _more(("scipy",), cp37=("scipy==1.7.3",), cp311=("scipy==1.13.0",)),
    "statsmodels": _more(
        ("statsmodels", "scipy", "patsy", "packaging"),
        cp37=("statsmodels==0.13.5", "scipy==1.7.3", "patsy==0.5.6", "packaging==24.0"),
        cp311=("statsmodels==0.14.1", "scipy==1.13.0", "patsy==0.5.6", "packaging==24.0"),
    ),
    "sklearn": _more(
        ("sklearn", "scipy", "joblib", "threadpoolctl"),
        cp37=("scikit-learn==1.0.2", "scipy==1.7.3", "joblib==1.3.2", "threadpoolctl==3.1.0"),
        cp311=("scikit-learn==1.4.2", "scipy==1.13.0", "joblib==1.3.2", "threadpoolctl==3.1.0"),
    ),
    "xgboost": _more(
        ("xgboost", "scipy"),
        cp37=("xgboost==1.6.2", "scipy==1.7.3"),
        cp311=("xgboost==2.0.3", "scipy==1.13.0"),
    ),
}
#: Images that MaxCompute has and that the executor twin does not make.
NOT_MADE = frozenset({"ubuntu", "pytorch", "tensorflow"})
