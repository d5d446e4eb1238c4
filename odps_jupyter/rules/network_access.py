"""Socket, HTTP or DNS on the executor.

The executor has no network unless the project's administrator opened it (``odps.internet.access.list``, a VPC link).

Example::

    def fetch(url):
        import urllib.request
        return urllib.request.urlopen(url).read()

Fix: fetch before, and join or capture what was fetched.
"""

from __future__ import annotations

from collections.abc import Iterator

from .calls import library_calls, under
from .model import Diagnostic
from .subject import Subject

CODE, KIND = "ODP110", "network-access"
NETWORK = (
    "socket.socket", "socket.create_connection", "socket.gethostbyname", "socket.getaddrinfo", "socket.gethostbyaddr",
    "socket.create_server", "ssl.get_server_certificate",
    "urllib.request.urlopen", "urllib.request.urlretrieve", "urllib2.urlopen", "urllib.urlopen",
    "http.client.HTTPConnection", "http.client.HTTPSConnection", "httplib.HTTPConnection", "httplib.HTTPSConnection",
    "ftplib.FTP", "ftplib.FTP_TLS", "smtplib.SMTP", "smtplib.SMTP_SSL", "poplib.POP3", "imaplib.IMAP4",
    "telnetlib.Telnet", "xmlrpc.client.ServerProxy", "asyncio.open_connection",
    "requests.get", "requests.post", "requests.put", "requests.patch", "requests.delete", "requests.head",
    "requests.options", "requests.request", "requests.Session", "requests.session",
    "httpx.", "aiohttp.", "urllib3.PoolManager", "urllib3.request", "boto3.", "oss2.", "redis.", "pymysql.connect",
    "psycopg2.connect", "pymongo.MongoClient", "paramiko.",
)  # fmt: skip


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for path, call in library_calls(code):
            if under(path, NETWORK):
                message = (
                    f"{path} needs the network, which the executor does not have by default. Fetch the data here and "
                    "join or capture it."
                )
                yield code.fails(CODE, KIND, call, message)
