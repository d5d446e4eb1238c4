"""One sentence of what to do, for errors of PyODPS and MaxCompute that users meet first."""

from __future__ import annotations

import re
from traceback import walk_tb
from typing import TYPE_CHECKING

from odps_jupyter.backends.patience import is_lost

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection
    from odps_jupyter.backends.execution import Backend


#: "Authentication Error": no signature, an unknown access id, a signature that does not match.
AUTHENTICATION_CODES = ("ODPS-04100", "SignatureNotMatch", "InvalidAccessKeyId", "AccessKeyNotFound")
#: What to do, by the code of an error or a phrase of what the service says; the first that fits holds. MaxCompute's
#: manual, "Error codes": "SQL errors (ODPS-01CCCCX)" and "Common errors (ODPS-00CCCCX)".
REMEDIES = (
    (
        "kInstanceMonitorTimeout",
        "a function took too long for one batch of rows: make it faster, or give it `odps.function.timeout` (up to "
        "3600 seconds) or smaller batches (`odps.sql.executionengine.batch.rowcount`) by `%%odps --hints`.",
    ),
    (
        "AllOrNothingResourceWaitTimeout",
        "the project's quota was too small or too busy: run the job again later.",
    ),
    ("Partition already exists", "another job makes the same partition: run them one after another."),
    ("ODPS-0010000", "the service failed, not the program: run it again, and give its support the instance's id."),
    ("ODPS-0130252", "join by columns, or with `mapjoin=True` where one side is small."),
    ("ODPS-0130071", "the service does not take the SQL that PyODPS wrote: `%odps explain` shows it."),
    ("ODPS-0130161", "the service cannot read the SQL that PyODPS wrote: `%odps explain` shows it."),
    ("ODPS-0121145", "a number is too large for its type: compute with `astype('decimal')` or `astype('float')`."),
    ("ODPS-0123091", "a value cannot be cast to the type asked for: filter such rows out first."),
    ("ODPS-0110061", "another job changes the same table, or the name is taken: run them one after another."),
    ("ODPS-0110999", "the job was stopped."),
)
#: The same of SQL that the user wrote: ``{place}`` is where the service stopped reading it.
OF_OWN_SQL = {
    "ODPS-0130252": "join by columns, or with a MAPJOIN hint where one side is small.",
    "ODPS-0130071": "the service does not take this SQL{place}.",
    "ODPS-0130161": "the service cannot read this SQL{place}.",
    "ODPS-0121145": "a number is too large for its type: cast it to DECIMAL or DOUBLE before.",
}
_PLACE = re.compile(r"^ODPS-\d+:\[(\d+),(\d+)\]", re.MULTILINE)
#: Access denied: "ODPS-0130013" and "ODPS-0420095" of the manual's error codes. What is missing stands in the text.
DENIED_CODES = ("ODPS-0130013", "ODPS-0420095")
_PRIVILEGE = re.compile(
    r"\bno privilege 'odps:(\w+)' on \{acs:odps:[^:}]*:projects/(\w+)(?:/([^}]*))?\}", re.IGNORECASE
)
_NO_MEMBER = re.compile(r"\bdon't exist in project (\w+)", re.IGNORECASE)
#: What is for want of a privilege on the project, and what does without it.
_WITHOUT = {
    "CreateResource": " Expressions without Python functions need none of it, nor does `%%odps --backend pandas`.",
    "CreateFunction": " Expressions without Python functions need none of it, nor does `%%odps --backend pandas`.",
    "CreateTable": " PyODPS keeps rows of a result in a table of its own; a single value, such as a sum, needs none.",
}
#: A user's function raised: what the text says is the function's own.
SCRIPT_FAILED = "ODPS-0123055"


#: PyODPS 0.13.2 takes an interrupt in the pause between two questions for the end of its waiting, and raises the status
#: that it finds (``odps/models/instance.py``, ``wait_for_completion`` and ``wait_for_success``).
_LEFT = re.compile(r"\bstatus=(?:RUNNING|WAITING|SUSPENDED)$")


def left(error: Exception) -> str | None:
    """What becomes of a job that PyODPS waits for no more; None where ``error`` is about something else."""
    instance = getattr(error, "instance_id", None)
    if instance is None or not _LEFT.search(str(error)):
        return None
    return f"PyODPS was interrupted and waits no more, and the job goes on: `o.stop_instance('{instance}')` ends it."


def remedy(error: Exception) -> str | None:
    """What to do about an error of a job, None where there is nothing to add to what it says itself."""
    code = str(getattr(error, "code", None) or "")
    text = "" if code == SCRIPT_FAILED else str(error)
    found = next(((sign, sentence) for sign, sentence in REMEDIES if code == sign or sign in text), None)
    if found is None:
        return None
    sign, sentence = found
    if sign not in OF_OWN_SQL or comes_through(error, "odps.df"):
        return sentence
    place = _PLACE.search(text)
    where = "" if place is None else f": look at its line {place[1]}, column {place[2]}"
    return OF_OWN_SQL[sign].format(place=where)


def comes_through(error: BaseException, package: str) -> bool:
    """Whether code of ``package`` was on the way from the cell to the error."""
    homes = (str(frame.f_globals.get("__name__", "")) for frame, _ in walk_tb(error.__traceback__))
    return any(f"{home}.".startswith(f"{package}.") for home in homes)


def denied(error: Exception) -> str | None:
    """What the account lacks, and what to do; None where ``error`` is about something else."""
    from odps.errors import NoPermission

    text = str(error)
    code = str(getattr(error, "code", None) or "")
    told = isinstance(error, NoPermission) or any(one in f"{code} {text}" for one in DENIED_CODES)
    if code == SCRIPT_FAILED or not told:
        return None
    privilege, member = _PRIVILEGE.search(text), _NO_MEMBER.search(text)
    if privilege is not None:
        action, project, thing = privilege.groups()
        what = f"project {project}" if thing is None else f"{thing} of project {project}"
        return f"this account lacks {action} on {what}; its owner can grant it.{_WITHOUT.get(action, '')}"
    if member is not None:
        return f"this account is no member of project {member[1]}; ask its owner to add it."
    return "this account may not do that; ask the project's owner."


def refused(error: Exception) -> str | None:
    """What to do where the account itself is not accepted; None where ``error`` is about something else."""
    from odps import errors

    if isinstance(error, errors.AuthenticationRequestExpired):
        return (
            "the account's token has expired: renew it. One from a file (ODPS_STS_ACCOUNT_FILE) or from a credential "
            "provider is read again by itself; any other needs `%odps connect` again."
        )
    if isinstance(error, errors.RequestTimeTooSkewed):
        return "this machine's clock is more than 15 minutes wrong: set it."
    if str(getattr(error, "code", "")).startswith(AUTHENTICATION_CODES):
        return "the service refused the credentials; check the access key id and its secret."
    return None


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
        return f"the table does not exist in {where}; `list(o.list_tables())` shows what does.{kept}"
    if isinstance(error, errors.NoSuchProject):
        return "check the project's name, or `%odps connect` to another one."
    if (said := refused(error) or denied(error) or left(error)) is not None:
        return said
    if isinstance(error, NoConnection | Timeout | errors.ConnectTimeout) or is_lost(error):
        endpoint = "the endpoint" if connection is None else connection.endpoint
        return f"nothing answers at {endpoint}; check it, or `%odps connect embedded`."
    return remedy(error) if isinstance(error, errors.ODPSError) else None
