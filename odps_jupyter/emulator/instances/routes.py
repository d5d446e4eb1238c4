"""REST requests on instances (``odps/models/instances.py``, ``instance.py``)."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.projects.models import get_project
from odps_jupyter.emulator.store import now
from odps_jupyter.emulator.web import Request, Response, Route, unsupported
from odps_jupyter.emulator.xmltext import element, leaf, rfc822

from . import answers, records
from .answers import ANSWERS, READING, Answer
from .logview import page
from .models import TERMINATED, Instance
from .records import Wanted
from .submission import parse_submission

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Seconds a status request that asks to be held (``instancestatus``) waits for the job to end.
HOLD = 5.0
#: Other status requests wait as long as the job is this young: PyODPS asks once before its first sleep of one second,
#: so a job that ends within this time costs no sleep at all. Later they are held shortly, for progress to be seen.
YOUNG = 3.0
_SHORT = 0.5
_PAGE, _LARGEST_PAGE = 100, 1000


def submit(service: Service, request: Request) -> Response:
    submission = parse_submission(request.read())
    if request.query.get("curr_schema"):
        submission = submission.within(request.schema)
    identity, new = service.jobs.submit(request["project"], submission)
    location = f"http://127.0.0.1:{service.port}/api/projects/{request['project']}/instances/{identity}"
    return Response(status=201 if new else 200, headers={"Location": location})


def _item(instance: Instance) -> str:
    return element(
        "Instance",
        leaf("Name", instance.id),
        leaf("Owner", instance.owner),
        leaf("StartTime", rfc822(instance.started)),
        leaf("EndTime", None if instance.ended is None else rfc822(instance.ended)),
        leaf("Status", instance.status),
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC).replace(tzinfo=None) if text else None
    except (ValueError, OverflowError, OSError) as error:
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - daterange {text!r}") from error


def _found(service: Service, request: Request) -> tuple[list[Instance], str, int]:
    """A page of the instances that were asked for, the marker of the next one and the page's size."""
    limit = min(max(request.integer("maxitems", _PAGE), 1), _LARGEST_PAGE)
    since, _, until = request.query.get("daterange", "").partition(":")
    # There is one owner, so "only mine" (onlyowner) and "everybody's" are the same instances.
    wanted = Wanted(
        request.query.get("status", ""),
        request.query.get("jobname", ""),
        since=_moment(since),
        until=_moment(until),
    )
    with service.store.reading() as connection:
        project = get_project(connection, request["project"]).name
        found = records.listing(connection, project, wanted, request.query.get("marker", ""), limit)
    return found, found[-1].id if len(found) == limit else "", limit


def list_instances(service: Service, request: Request) -> Response:
    found, marker, limit = _found(service, request)
    return Response(xmltext.listing("Instances", [_item(instance) for instance in found], marker, limit))


def list_queue(service: Service, request: Request) -> Response:
    """The queue (``project.instance_queueing_infos``): JSON inside XML."""
    found, marker, limit = _found(service, request)
    live = (service.jobs.get(instance.project, instance.id) for instance in found)
    content = leaf("Content", json.dumps([answers.queueing(instance) for instance in live]))
    return Response(xmltext.listing("Instances", [content], marker, limit))


async def get_instance(service: Service, request: Request) -> Response:
    verbs = set(request.query) & set(ANSWERS)
    loop = asyncio.get_running_loop()
    if not verbs:
        # The plain question "has it ended": hold it until the answer is worth something.
        live = service.jobs.live(request["instance"])
        if live is not None:
            age = (now() - live.instance.started).total_seconds()
            wait = HOLD if "instancestatus" in request.query else max(YOUNG - age, _SHORT)
            await service.jobs.wait(live.instance.id, wait)
    answer = ANSWERS[min(verbs)] if verbs else answers.status
    ended = service.jobs.ended(request["project"], request["instance"])
    if ended is not None and answer not in READING:
        # All of it is in memory: a thread would cost more than the answer.
        return answer(service, request, ended)
    return await loop.run_in_executor(None, _answer, service, request, answer)


def _answer(service: Service, request: Request, answer: Answer) -> Response:
    return answer(service, request, service.jobs.get(request["project"], request["instance"]))


def stop_instance(service: Service, request: Request) -> Response:
    if "info" in request.query:
        raise unsupported(request)
    status = xmltext.parse(request.read()).findtext("Status")
    if status != TERMINATED:
        raise OdpsError("InvalidStateSetting", f"An instance can be set to {TERMINATED}, not to {status}")
    service.jobs.stop(request["project"], request["instance"])
    return Response()


def logview(service: Service, request: Request) -> Response:
    """The page behind ``get_logview_address``; its token is checked here because a browser signs nothing."""
    project, identity = request.query.get("p", ""), request.query.get("i", "")
    service.verifier.read_token(request.query.get("token", ""), f"/projects/{project}/instances/{identity}")
    content = page(service.jobs.get(project, identity))
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content.encode(), content_type="text/html; charset=utf-8", headers=headers)


ROUTES = [
    Route("/projects/{project}/instances", {"GET": list_instances, "POST": submit}),
    Route("/projects/{project}/cachedinstances", {"GET": list_queue}),
    Route("/projects/{project}/instances/{instance}", {"GET": get_instance, "PUT": stop_instance}),
    Route("/logview/", {"GET": logview}, signed=False),
]
