"""A project that is far away: the real service under another host name, project and account, behind a network."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from odps_jupyter.backends.embedded import Service
from tests.conftest import start_service
from tests.proxy import ENDPOINT, TUNNEL_ENDPOINT, Proxy, forward_proxy

PROJECT = "far_away"


@dataclass(frozen=True)
class Far:
    """Attributes: ``proxy`` is the network between its clients and the ``service``."""

    service: Service
    proxy: Proxy

    @property
    def environ(self) -> dict[str, str]:
        """What a user sets to work with it."""
        return {
            "http_proxy": self.proxy.url,
            "no_proxy": "127.0.0.1,localhost",
            "ALIBABA_CLOUD_ACCESS_KEY_ID": self.service.access_id,
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": self.service.secret(),
            "ODPS_PROJECT_NAME": self.service.project,
            "ODPS_ENDPOINT": ENDPOINT,
            "ODPS_TUNNEL_ENDPOINT": TUNNEL_ENDPOINT,
        }


@contextmanager
def far_service(folder: Path) -> Iterator[Service]:
    """The service alone, without a network.

    Each has a key of its own: by key, endpoint and project PyODPS finds what others left there, and removes it by
    jobs.
    """
    with start_service(folder, "--project", PROJECT, "--access-id", f"LTAI{secrets.token_hex(8)}") as process:
        assert process.stdout is not None
        yield Service.from_json(json.loads(process.stdout.readline()))
        process.terminate()


@contextmanager
def far_away(folder: Path) -> Iterator[Far]:
    """The service and the network to it."""
    with far_service(folder) as service, forward_proxy(service.endpoint) as proxy:
        yield Far(service, proxy)
