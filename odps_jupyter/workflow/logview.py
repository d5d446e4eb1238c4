"""The link under which MaxCompute shows one job. It holds a token: made when it is asked for, and kept nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from odps_jupyter.errors import UserError

if TYPE_CHECKING:
    from odps_jupyter.backends.connection import Connection


def logview(connection: Connection | None, instance: str, project: str) -> str:
    """The link, good for as long as ``odps.options.logview_hours`` says.

    Raises:
        UserError: nothing is connected, or another project is; the project knows no such job, or does not answer.
    """
    if connection is None or connection.project != project:
        raise UserError(
            f"The kernel is not connected to project {project}, where job {instance} ran.",
            hint=f"Connect by `%odps connect {'embedded' if project == 'embedded' else project}`.",
        )
    from odps.errors import BaseODPSError
    from requests import RequestException

    try:
        return str(connection.entry.get_logview_address(instance))
    except (BaseODPSError, RequestException) as error:
        raise UserError(
            f"Project {project} gives no link for job {instance} ({type(error).__name__}).",
            hint="It keeps jobs for some days only.",
        ) from error
