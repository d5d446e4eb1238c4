"""Socket, HTTP or DNS on the executor.

The executor has no network unless the project's administrator opened it (``odps.internet.access.list``, a VPC link).

Example::

    def fetch(url):
        import urllib.request
        return urllib.request.urlopen(url).read()

Fix: fetch here, once for each distinct value, and capture what came as a dict or join it as a table. Where the job has
to ask, the administrator opens the address, and the job names it: ``options.sql.settings =
{'odps.internet.access.list': 'api.example.com:443'}``; ``# odps: ignore[network-access]`` then silences the line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.values import Binding, Instance, Opaque

from .calls import library_calls, under
from .model import Diagnostic
from .subject import ShippedCode, Subject

CODE, KIND = "ODP110", "network-access"
_INSTEAD = "Fetch the data here and join or capture it, or have the address opened (odps.internet.access.list)."
NETWORK = (
    "socket.socket", "socket.create_connection", "socket.gethostbyname", "socket.getaddrinfo", "socket.gethostbyaddr",
    "socket.getfqdn", "socket.gethostbyname_ex", "socket.create_server", "ssl.get_server_certificate",
    "urllib.request.urlopen", "urllib.request.urlretrieve", "urllib2.urlopen", "urllib.urlopen",
    "http.client.HTTPConnection", "http.client.HTTPSConnection", "httplib.HTTPConnection", "httplib.HTTPSConnection",
    "ftplib.FTP", "ftplib.FTP_TLS", "smtplib.SMTP", "smtplib.SMTP_SSL", "poplib.POP3", "imaplib.IMAP4",
    "telnetlib.Telnet", "xmlrpc.client.ServerProxy", "asyncio.open_connection",
    "requests.get", "requests.post", "requests.put", "requests.patch", "requests.delete", "requests.head",
    "requests.options", "requests.request", "requests.Session", "requests.session",
    "httpx.", "aiohttp.", "urllib3.PoolManager", "urllib3.request", "boto3.", "oss2.", "redis.", "pymysql.connect",
    "psycopg2.connect", "pymongo.MongoClient", "paramiko.",
)  # fmt: skip


#: Methods of a session or client made here that ask somebody.
_ASKING = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request", "send", "urlopen", "open"})
_CLIENTS = frozenset(
    {"requests.Session", "requests.session", "httpx.Client", "urllib3.PoolManager", "urllib.request.build_opener"}
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for call in code.facts.calls:
            client = _client(code, call.func)
            if client is not None:
                message = f"{client} needs the network, which the executor does not have by default. {_INSTEAD}"
                yield code.fails(CODE, KIND, call, message)
        for path, call in library_calls(code):
            if under(path, NETWORK):
                message = f"{path} needs the network, which the executor does not have by default. {_INSTEAD}"
                yield code.fails(CODE, KIND, call, message)


def _client(code: ShippedCode, function: ast.expr) -> str | None:
    """What a captured client is, where one of its methods is called that asks somebody."""
    if not isinstance(function, ast.Attribute) or function.attr not in _ASKING:
        return None
    held = _held(code, function.value)
    return held.origin if isinstance(held, Opaque) and held.exact and held.origin in _CLIENTS else None


def _held(code: ShippedCode, node: ast.expr) -> Binding:
    """What a captured name is, or an attribute of a captured object or of the callable instance itself."""
    if isinstance(node, ast.Name):
        return code.outside(node.id)
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return None
    owner, parameters = code.outside(node.value.id), code.facts.node.args.args
    if owner is None and parameters and parameters[0].arg == node.value.id:
        owner = code.journey.target if isinstance(code.journey.target, Instance) else None
        owner = owner if code.body is code.journey.bodies[0] else None
    return dict(owner.state).get(node.attr) if isinstance(owner, Instance) else None
