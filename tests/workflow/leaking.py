"""Two hundred runs of one kernel against a project that is far away, each with something going wrong at another step.

``python -m tests.workflow.leaking FACTS runs|killed|next``: run by ``test_leaks.py`` in a process of its own, which
ends as a kernel does, or is killed, or only makes its entry object after another was. FACTS are those of the service,
as it says them itself.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import signal
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from odps_jupyter.backends.bundle import Bundle
from odps_jupyter.backends.connection import Connection
from odps_jupyter.backends.embedded import Service
from odps_jupyter.backends.patience import Patience
from odps_jupyter.backends.upload import upload
from odps_jupyter.workflow.session import Session
from tests.proxy import ENDPOINT, TUNNEL_ENDPOINT, Answer, Asked, Fault, start_proxy

RUNS = 200
DENIED = Answer(
    403,
    "ODPS-0420095",
    "Access Denied - Authorization Failed [4019], You have NO privilege 'odps:CreateResource' on "
    "{acs:odps:*:projects/p}",
)


@dataclass(frozen=True)
class World:
    session: Session
    o: Any
    iris: Any

    @property
    def numbers(self) -> Any:
        return self.iris.sepal_length


def scalar(world: World) -> None:
    world.numbers.map(lambda x: x + 1).sum().execute()


def rows(world: World) -> None:
    world.iris[world.iris.name, world.numbers.map(lambda x: x * 2).map(lambda y: y - 1).rename("y")].execute()


def written(world: World) -> None:
    world.iris[world.iris.name, world.numbers.map(lambda x: x).rename("x")].persist("written", lifecycle=1)


def raising(world: World) -> None:
    world.numbers.map(lambda x: 1 / (x - x)).sum().execute()


def crashing(world: World) -> None:
    world.numbers.map(lambda x: os._exit(3)).sum().execute()


def tried(world: World) -> None:
    world.session.set_terms(replace(world.session.terms, preflight=True))
    scalar(world)


def compared(world: World) -> None:
    world.session.set_backend("pandas")
    world.session.set_terms(replace(world.session.terms, compare="remote"))
    rows(world)


def uploaded(world: World) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "packed.zip")
        data = b"PK\5\6" + bytes(18)
        path.write_bytes(data)
        digests = hashlib.md5(data).hexdigest(), hashlib.sha256(data).hexdigest()
        upload(world.o, "kept.zip", Bundle(path, "file", *digests, len(data), ()))


Program = Callable[[World], None]
PROGRAMS: tuple[Program, ...] = (scalar, rows, written, raising, crashing, tried, compared, uploaded)
#: What the others are made of, and their requests.
OFTEN, REQUESTS = 3, 24
Step = Callable[[Asked], Fault]


def steps(o: Any) -> Iterator[tuple[Program, Step]]:
    """Each program with something going wrong at its first request, its second and so on, by turns."""

    def interrupt(_: Asked) -> Fault:
        os.kill(os.getpid(), signal.SIGINT)
        return None

    def kill(_: Asked) -> Fault:
        for instance in o.list_instances(status="Running"):
            instance.stop()
        return None

    faults: tuple[Step, ...] = (
        lambda _: "lost",
        lambda _: "unanswered",
        lambda _: "broken",
        lambda _: Answer(503),
        lambda _: DENIED,
        interrupt,
        kill,
    )
    for turn in itertools.count():
        at = turn % REQUESTS + 1
        for number, program in enumerate(PROGRAMS if turn % 4 == 0 else PROGRAMS[:OFTEN]):
            fault = faults[(turn + number + turn // REQUESTS) % len(faults)]

            def step(asked: Asked, fault: Step = fault, at: int = at) -> Fault:
                return fault(asked) if asked.number == at else None

            yield program, step


def main(facts: str, ending: str) -> None:
    from odps import ODPS, options

    warnings.simplefilter("ignore")
    service = Service.from_json(json.loads(facts))
    options.retry_times, options.retry_delay, options.verbose = 1, 0.01, False
    account = (service.access_id, service.secret())
    near = ODPS(*account, project=service.project, endpoint=service.endpoint, overwrite_global=False)
    ended: Counter[str] = Counter()
    proxy, _ = start_proxy(service.endpoint)  # what PyODPS does after the last line goes through it, too
    os.environ |= {"http_proxy": proxy.url, "no_proxy": "127.0.0.1"}
    far = ODPS(*account, project=service.project, endpoint=ENDPOINT, tunnel_endpoint=TUNNEL_ENDPOINT)
    session = Session({}, {}, notify=lambda _: None)
    session.hook()
    session.connect(Connection("project", service.project, ENDPOINT, "test", far), said=True)
    patience = Patience(seconds=1.0, first=0.01, longest=0.05)
    terms = replace(session.terms, preflight=False, patience=patience)
    world = World(session, far, far.get_table("pyodps_iris").to_df())
    if ending == "killed":
        with proxy.doing(lambda asked: os.kill(os.getpid(), signal.SIGKILL) if "DELETE" in asked.method else None):
            rows(world)
    for _, (program, step) in zip(range(RUNS if ending == "runs" else 0), steps(near), strict=False):
        session.set_backend("maxcompute")
        session.set_terms(terms)
        with proxy.doing(step):
            try:
                with session.run():
                    program(world)
                outcome = "ok"
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - a kernel goes on, whatever a cell ends with
                outcome = type(error).__name__
        ended[outcome] += 1
    session.close()
    sys.stdout.write(json.dumps(ended))


if __name__ == "__main__":
    main(*sys.argv[1:])
