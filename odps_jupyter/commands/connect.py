"""``%odps connect``: which MaxCompute. Secrets come from the environment or a PyODPS room, never from a notebook."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.backends import connection as connections
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError

from .kernel import Kernel
from .parser import Parser

NAME = "connect"
HELP = "choose the MaxCompute: the embedded one or a project"
SAID = "%odps connect"


def configure(parser: Parser) -> None:
    parser.add_argument("target", nargs="?", metavar="embedded|PROJECT", help="the embedded MaxCompute, or a project")
    parser.add_argument("--endpoint", metavar="URL", help="endpoint of the project (default: ODPS_ENDPOINT)")
    parser.add_argument("--room", metavar="NAME", help="use the account and project of a PyODPS room")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the embedded MaxCompute; :memory: keeps nothing")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    connection = _connection(arguments, kernel)
    if connection.kind == "project":
        connections.verify(connection)
    kernel.session.hook()
    kernel.session.connect(connection, said=True)
    return Output(
        f"Connected to {connection.label}, project {connection.project} at {connection.endpoint}. "
        "The entry object is in `o`."
    )


def _connection(arguments: Namespace, kernel: Kernel) -> connections.Connection:
    if arguments.room is not None:
        if (arguments.target, arguments.endpoint, arguments.data_dir) != (None, None, None):
            hint = f"Say `%odps connect --room {arguments.room}` alone."
            raise UserError("A room names its project and endpoint itself.", hint=hint)
        return connections.from_room(arguments.room, SAID)
    if arguments.target is None:
        raise UserError("`%odps connect` wants to know where to.", hint="Say embedded, or the name of a project.")
    if arguments.target == "embedded":
        if arguments.endpoint is not None:
            raise UserError("The embedded MaxCompute has an endpoint of its own.", hint="Leave --endpoint out.")
        return connections.to_embedded(SAID, arguments.data_dir)
    if arguments.data_dir is not None:
        raise UserError("--data-dir belongs to the embedded MaxCompute.", hint="Leave it out for a project.")
    return connections.to_project(kernel.environ, arguments.target, arguments.endpoint)
