"""A ``requests`` adapter that lets somebody hear of questions and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import BaseAdapter


class HeardAdapter(BaseAdapter):
    """Does what ``inner`` does; tells ``asking`` of each question before it leaves, and ``heard`` of each answer before
    whoever asked gets it.
    """

    def __init__(
        self, inner: BaseAdapter, asking: Callable[[PreparedRequest], None], heard: Callable[[Response], None]
    ) -> None:
        super().__init__()
        self.inner = inner
        self._asking = asking
        self._heard = heard

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """As requests'."""
        self._asking(request)
        response = self.inner.send(request, *args, **options)
        self._heard(response)
        return response

    def close(self) -> None:
        """As requests'."""
        self.inner.close()
