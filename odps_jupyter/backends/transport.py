"""A ``requests`` adapter that lets somebody hear of the answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter


class HeardAdapter(BaseAdapter):
    """Does what ``inner`` does, and tells ``heard`` of each answer before whoever asked gets it."""

    def __init__(self, inner: BaseAdapter, heard: Callable[[Response], None]) -> None:
        super().__init__()
        self.inner = inner
        self._heard = heard

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """As requests'."""
        response = self.inner.send(request, *args, **options)
        self._heard(response)
        return response

    def close(self) -> None:
        """As requests'."""
        self.inner.close()
