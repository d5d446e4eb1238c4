"""Requests that clients of MaxCompute can make and that the embedded one refuses, by what they are for.

Every one answers with an error that says so; the tests send each of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from .errors import OdpsError, not_emulated

#: What, and the requests: method and path below ``/api``, with the parameters that tell it apart.
ABSENT: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Volumes": (
        ("GET", "/projects/{project}/volumes"),
        ("POST", "/projects/{project}/volumes"),
        ("GET", "/projects/{project}/volumes/{name}"),
        ("PUT", "/projects/{project}/volumes/{name}"),
        ("DELETE", "/projects/{project}/volumes/{name}"),
        ("GET", "/projects/{project}/schemas/{schema}/volumes"),
        ("POST", "/projects/{project}/schemas/{schema}/volumes"),
        ("GET", "/projects/{project}/schemas/{schema}/volumes/{name}"),
        ("DELETE", "/projects/{project}/schemas/{schema}/volumes/{name}"),
    ),
    "Offline models of PAI": (
        ("GET", "/projects/{project}/offlinemodels"),
        ("POST", "/projects/{project}/offlinemodels"),
        ("GET", "/projects/{project}/offlinemodels/{name}"),
        ("DELETE", "/projects/{project}/offlinemodels/{name}"),
    ),
    "XFlows of one's own": (
        ("POST", "/projects/{project}/xflows"),
        ("PUT", "/projects/{project}/xflows/{name}"),
        ("DELETE", "/projects/{project}/xflows/{name}"),
    ),
    "Policies of roles": (("PUT", "/projects/{project}/roles/{name}?policy"),),
    "Security settings of a project": (
        ("GET", "/projects/{project}?security_configuration"),
        ("PUT", "/projects/{project}?security_configuration"),
    ),
    "Changes of a project's properties": (("PUT", "/projects/{project}"),),
    "System information of a project": (("GET", "/projects/{project}/system"),),
    "Query acceleration (MCQA) of the second version": (("GET", "/connection/mcqa?project={project}"),),
    "Queries inside an acceleration session (MCQA)": (("PUT", "/projects/{project}/instances/{name}?info&taskname=t"),),
    "Models of the catalog": (
        ("GET", "/api/catalog/v1alpha/projects/{project}/schemas/{schema}/models"),
        ("GET", "/api/catalog/v1alpha/projects/{project}/schemas/{schema}/models/{name}"),
        ("DELETE", "/api/catalog/v1alpha/projects/{project}/schemas/{schema}/models/{name}"),
    ),
    "Storage API": (
        ("POST", "/api/storage/v1/projects/{project}/schemas/{schema}/tables/{name}/sessions"),
        ("GET", "/api/storage/v1/projects/{project}/schemas/{schema}/tables/{name}/data"),
    ),
}


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)) + r"\Z")


_KNOWN = [
    (what, method, _pattern(path), {one.partition("=")[0] for one in parameters.split("&") if one})
    for what, requests in ABSENT.items()
    for method, (path, _, parameters) in ((method, path.partition("?")) for method, path in requests)
]


def refusal(method: str, path: str, parameters: Collection[str], status: int) -> OdpsError:
    """The error for a request outside what is emulated; it says what the request is for, where that is known."""
    request = f"{method} {path}" + (f" (parameters: {', '.join(sorted(parameters))})" if parameters else "")
    for what, known, pattern, needed in _KNOWN:
        if method == known and pattern.match(path) and needed <= set(parameters):
            return not_emulated(f"{what} ({request})", status)
    return not_emulated(request, status)
