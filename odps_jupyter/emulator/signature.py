"""Request signatures as PyODPS writes them, checked in constant time.

Source: ``odps/accounts.py`` of PyODPS 0.13.2. The client signs the unquoted URL behind its endpoint, so the check
starts from the raw request target and takes the same steps in the same order. Version 2 signs with HMAC-SHA1 under
the secret; version 4 derives a key from date, region and service by HMAC-SHA256 and then signs with HMAC-SHA1.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, unquote, urlparse

from .errors import OdpsError

#: How far a request's Date may be from our clock (MaxCompute refuses more than 15 minutes).
MAX_SKEW = timedelta(minutes=15)

_UNAUTHORIZED = 401


def canonical_string(method: str, target: str, headers: Iterable[tuple[str, str]]) -> str:
    """The text both sides sign.

    Args:
        method: HTTP method in capitals.
        target: the raw request target behind the endpoint, such as ``/projects/p/tables?expectmarker=true``.
        headers: the request's headers, names in any case.
    """
    parts = urlparse(unquote(target), allow_fragments=False)
    resource = parts.path
    params: dict[str, str] = {}
    if parts.query:
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        pairs = (f"{name}={value}" if value else name for name, value in sorted(params.items()))
        resource = f"{resource}?{'&'.join(pairs)}"
    signed = {"content-type": "", "content-md5": "", "date": ""}
    for name, value in headers:
        lower = name.lower()
        if lower in signed or lower.startswith("x-odps-"):
            signed[lower] = value
    signed.update({name: value for name, value in params.items() if name.startswith("x-odps-")})
    lines = (f"{name}:{value}" if name.startswith("x-odps-") else value for name, value in sorted(signed.items()))
    return "\n".join([method, *lines, resource])


def _digest(key: bytes, text: str) -> str:
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def _chain(key: bytes, *parts: str) -> bytes:
    for part in parts:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


@dataclass(frozen=True)
class Verifier:
    """Knows one access id and its secret; says whether a request was signed with them.

    The secret never leaves this object: ``repr`` does not show it.
    """

    access_id: str
    _secret: bytes

    def __repr__(self) -> str:
        return f"Verifier(access_id={self.access_id!r})"

    def verify(self, method: str, target: str, headers: Mapping[str, str], now: datetime | None = None) -> None:
        """Raise :class:`OdpsError` unless the request carries a valid signature or a valid bearer token."""
        lowered = {name.lower(): value for name, value in headers.items()}
        token = lowered.get("x-odps-bearer-token")
        if token:
            self.read_token(token, target)
            return
        authorization = lowered.get("authorization", "")
        scheme, _, rest = authorization.partition(" ")
        credential, _, signature = rest.rpartition(":")
        if scheme != "ODPS" or not credential:
            raise OdpsError(
                "ODPS-0410031",
                "Authentication request unauthorized - the request carries no signature; give the client the access id "
                "and secret of this service",
                _UNAUTHORIZED,
            )
        self._check_date(lowered.get("date", ""), now or datetime.now(UTC))
        access_id, *scope = credential.split("/")
        known = hmac.compare_digest(access_id.encode(), self.access_id.encode())
        expected = _digest(self._key(scope), canonical_string(method, target, headers.items()))
        matches = hmac.compare_digest(expected.encode(), signature.encode())
        if not known:
            raise OdpsError(
                "ODPS-0410051",
                "Invalid credentials - access id not found; use the access id this service was started with",
                _UNAUTHORIZED,
            )
        if not matches:
            raise OdpsError(
                "ODPS-0410042",
                "Invalid signature value - user signature does not match; check the secret access key",
                _UNAUTHORIZED,
            )

    def _key(self, scope: list[str]) -> bytes:
        if len(scope) != 4:
            return self._secret
        date, region, service, request = scope
        prefix = request.removesuffix("_request")
        return _chain(prefix.encode() + self._secret, date, region, service, request)

    def _check_date(self, text: str, now: datetime) -> None:
        try:
            sent = parsedate_to_datetime(text)
        except ValueError as error:
            raise OdpsError("ODPS-0410061", f"Invalid date header - {text!r} is no RFC 822 date", 400) from error
        if sent.tzinfo is None:
            sent = sent.replace(tzinfo=UTC)
        if abs(sent - now) > MAX_SKEW:
            stamp = "%Y-%m-%dT%H:%M:%S.000Z"
            raise OdpsError(
                "RequestTimeTooSkewed",
                f"max_interval_date:{int(MAX_SKEW.total_seconds() * 1000)},"
                f"expire_date:{(sent + MAX_SKEW).strftime(stamp)},now_date:{now.strftime(stamp)}",
                400,
            )

    def token(self, resources: list[str], hours: float) -> str:
        """A bearer token that may read the given ``acs:odps:*:`` resources for some hours (for logview links)."""
        body = json.dumps({"resources": resources, "until": time.time() + hours * 3600})
        signature = hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()
        return base64.urlsafe_b64encode(f"{signature}:{body}".encode()).decode()

    def read_token(self, token: str, target: str) -> None:
        """Raise unless ``token`` is ours, is still valid and names a resource that ``target`` lies in."""
        refusal = OdpsError("ODPS-0410081", "Invalid bearer token - it is not valid for this request", _UNAUTHORIZED)
        try:
            signature, _, body = base64.urlsafe_b64decode(token).decode().partition(":")
            expected = hmac.new(self._secret, body.encode(), hashlib.sha256).hexdigest()
            if not hmac.compare_digest(expected.encode(), signature.encode()):
                raise refusal
            content = json.loads(body)
        except ValueError as error:
            raise refusal from error
        path = unquote(target.partition("?")[0]).removeprefix("/")
        allowed = (resource.removeprefix("acs:odps:*:") for resource in content["resources"])
        if content["until"] < time.time() or not any(path == one or path.startswith(f"{one}/") for one in allowed):
            raise refusal
