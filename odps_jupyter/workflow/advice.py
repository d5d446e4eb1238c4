"""One sentence of what to do, for errors of PyODPS that users meet first."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.execution import Backend


#: "Authentication Error": no signature, an unknown access id, a signature that does not match.
AUTHENTICATION_CODES = ("ODPS-04100", "SignatureNotMatch", "InvalidAccessKeyId", "AccessKeyNotFound")


def advise(error: Exception, connection: Connection | None, backend: Backend) -> str | None:
    """What to do about ``error``, None where there is nothing to add to what it says itself."""
    from odps import errors
    from requests.exceptions import ConnectionError as NoConnection
    from requests.exceptions import Timeout

    where = "MaxCompute" if connection is None else f"project {connection.project}"
    if isinstance(error, errors.NoSuchTable):
        kept = (
            " (What persist makes on pandas stays in the kernel: use what it returns.)" if backend == "pandas" else ""
        )
        return f"odps-jupyter: the table does not exist in {where}; `list(o.list_tables())` shows what does.{kept}"
    if isinstance(error, errors.NoSuchProject):
        return "odps-jupyter: check the project's name, or `%odps connect` to another one."
    if str(getattr(error, "code", "")).startswith(AUTHENTICATION_CODES):
        return f"odps-jupyter: {where} refused the credentials; check the access key id and its secret."
    if isinstance(error, errors.NoPermission):
        return f"odps-jupyter: this account may not do that in {where}; ask its owner."
    if isinstance(error, NoConnection | Timeout | errors.ConnectTimeout):
        endpoint = "the endpoint" if connection is None else connection.endpoint
        return f"odps-jupyter: nothing answers at {endpoint}; check it, or `%odps connect embedded`."
    return None
