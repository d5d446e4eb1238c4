"""Requests that clients of MaxCompute can make and that the embedded one refuses, by what they are for.

Every one answers with an error that names it; the tests send each of them.
"""

from __future__ import annotations

from collections.abc import Mapping

#: What, and the requests: method and path below ``/api``, ``{p}`` for the project.
ABSENT: Mapping[str, tuple[tuple[str, str], ...]] = {
    "Volumes": (
        ("GET", "/projects/{p}/volumes"),
        ("POST", "/projects/{p}/volumes"),
        ("GET", "/projects/{p}/volumes/v"),
        ("DELETE", "/projects/{p}/volumes/v"),
    ),
    "Offline models of PAI": (
        ("GET", "/projects/{p}/offlinemodels"),
        ("GET", "/projects/{p}/offlinemodels/m"),
        ("DELETE", "/projects/{p}/offlinemodels/m"),
    ),
    "XFlows of one's own": (
        ("POST", "/projects/{p}/xflows"),
        ("PUT", "/projects/{p}/xflows/x"),
        ("DELETE", "/projects/{p}/xflows/x"),
    ),
    "Security settings of a project": (
        ("GET", "/projects/{p}?security_configuration"),
        ("PUT", "/projects/{p}?security_configuration"),
    ),
    "Properties of a project are not changed": (("PUT", "/projects/{p}"),),
    "System information of a project": (("GET", "/projects/{p}/system"),),
    "Query acceleration (MCQA) of the second version": (("GET", "/connection/mcqa?project={p}"),),
    "Queries inside an acceleration session": (("PUT", "/projects/{p}/instances/i?info&taskname=t"),),
    "Models of the catalog": (("GET", "/catalog/v1alpha/projects/{p}/schemas/default/models"),),
    "Storage API": (("POST", "/storage/v1/projects/{p}/schemas/default/tables/t/sessions"),),
}
