"""REST requests on instances (``odps/models/instances.py``, ``instance.py``)."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.projects.models import get_project
from odps_jupyter.emulator.web import Request, Response, Route, json_response, unsupported
from odps_jupyter.emulator.xmltext import cdata, element, epoch, leaf, rfc822

from . import models, results
from .logview import page
from .models import FAILED, RUNNING, SUCCESS, TERMINATED, Instance, Task

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

#: Seconds a status request waits for the job to end. PyODPS asks once before its first sleep of one second, so a job
#: that ends within this time costs no sleep at all.
HOLD = 5.0
_PAGE = 100


def _headers(instance: Instance) -> dict[str, str]:
    return {
        "x-odps-owner": instance.owner,
        "x-odps-start-time": rfc822(instance.started),
        "x-odps-end-time": "" if instance.ended is None else rfc822(instance.ended),
    }


def submit(service: Service, request: Request) -> Response:
    identity, new = service.jobs.submit(request["project"], models.parse_submission(request.read()))
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


def _wanted(instance: Instance, request: Request) -> bool:
    status, name = request.query.get("status"), request.query.get("jobname")
    if (status and instance.status.lower() != status.lower()) or (name and instance.name != name):
        return False
    first, _, last = request.query.get("daterange", "").partition(":")
    started = epoch(instance.started)
    return not (first and started < int(first)) and not (last and started > int(last))


def list_instances(service: Service, request: Request) -> Response:
    limit = min(max(request.integer("maxitems", _PAGE), 1), 1000)
    with service.store.reading() as connection:
        project = get_project(connection, request["project"]).name
        found = models.listing(connection, project, request.query.get("marker", ""), limit)
    items = [_item(instance) for instance in found if _wanted(instance, request)]
    return Response(xmltext.listing("Instances", items, found[-1].id if len(found) == limit else "", limit))


async def get_instance(service: Service, request: Request) -> Response:
    verbs = set(request.query) & set(_VERBS)
    if not verbs:
        # The plain question "has it ended": hold it until the answer is worth something.
        await service.jobs.wait(request["instance"], HOLD)
    loop = asyncio.get_running_loop()
    answer = _VERBS[verbs.pop()] if verbs else _status
    return await loop.run_in_executor(None, _answer, service, request, answer)


_Answer = Callable[["Service", Request, Instance], Response]


def _answer(service: Service, request: Request, answer: _Answer) -> Response:
    return answer(service, request, service.jobs.get(request["project"], request["instance"]))


def _status(service: Service, request: Request, instance: Instance) -> Response:
    root = element("Instance", leaf("Status", instance.status))
    return Response(xmltext.document(root), headers=_headers(instance))


def _task_status(service: Service, request: Request, instance: Instance) -> Response:
    tasks = (
        element(
            "Task",
            leaf("Name", task.name),
            leaf("StartTime", rfc822(instance.started)),
            leaf("EndTime", None if instance.ended is None else rfc822(instance.ended)),
            leaf("Status", task.status),
            element("Histories"),
            attributes={"Type": task.kind},
        )
        for task in instance.tasks
    )
    root = element("Instance", leaf("Status", instance.status), element("Tasks", *tasks))
    return Response(xmltext.document(root), headers=_headers(instance))


def _result(service: Service, request: Request, instance: Instance) -> Response:
    tasks = "".join(_task_result(service, instance, task) for task in instance.tasks)
    return Response(xmltext.document(element("Instance", element("Tasks", tasks))), headers=_headers(instance))


def _task_result(service: Service, instance: Instance, task: Task) -> str:
    if task.status == SUCCESS and task.columns is not None:
        text, form = service.results.csv(instance.id, task, task.settings.get("odps.sql.timezone", service.zone)), "csv"
    else:
        text, form = task.text, "text"
    encoded = base64.b64encode(text.encode()).decode()
    return element(
        "Task",
        leaf("Name", task.name),
        element("Result", cdata(encoded), attributes={"Transform": "Base64", "Format": form}),
        leaf("ResultDescriptor", results.descriptor(task) if task.status == SUCCESS else None),
        leaf("Status", task.status),
        attributes={"Type": task.kind},
    )


def _source(service: Service, request: Request, instance: Instance) -> Response:
    return Response(xmltext.document(instance.job), headers=_headers(instance))


def _named(request: Request, instance: Instance) -> Task:
    name = request.query.get("taskname") or instance.tasks[0].name
    for task in instance.tasks:
        if task.name == name:
            return task
    raise OdpsError("NoSuchObject", f"ODPS-0420111: Task not found - '{name}' in instance {instance.id}", 404)


def _progress(service: Service, request: Request, instance: Instance) -> Response:
    task = _named(request, instance)
    live = service.jobs.live(instance.id)
    done, total = live.progress if live is not None else (1, 1)
    ended = task.status not in (RUNNING, models.WAITING)
    percent = 100 if task.status == SUCCESS else int(100 * done / total)
    stage = element(
        "Stage",
        leaf("BackupWorkers", 0),
        leaf("TerminatedWorkers", 1 if ended else 0),
        leaf("RunningWorkers", 0 if ended else 1),
        leaf("TotalWorkers", 1),
        leaf("InputRecords", 0),
        leaf("OutputRecords", task.rows),
        leaf("FinishedPercentage", percent),
        attributes={"ID": "M1_job_0"},
    )
    return Response(xmltext.document(element("Progress", stage)))


def _summary(service: Service, request: Request, instance: Instance) -> Response:
    task = _named(request, instance)
    summary = {"Cost": {"CPU": 100, "Memory": 1024, "Input": 0}}
    text = f"resource cost: cpu 0.00 Core * Min, memory 0.00 GB * Min\noutputs: {task.rows} records\n"
    finalized = "true" if instance.status == TERMINATED else "false"
    content = {"Instance": {"JsonSummary": json.dumps(summary), "Summary": text}}
    return json_response(content, headers={"x-odps-task-finalized": finalized})


def _detail(service: Service, request: Request, instance: Instance) -> Response:
    task = _named(request, instance)
    worker = {
        "id": f"Odps/{instance.id}/M1_0",
        "logId": task.name,
        "status": "Failed" if task.status == FAILED else "Terminated" if instance.ended else "Running",
        "startTime": epoch(instance.started) * 1000,
        "endTime": 0 if instance.ended is None else epoch(instance.ended) * 1000,
        "input_records": 0,
        "output_records": task.rows,
        "input_bytes": 0,
        "output_bytes": 0,
    }
    stage = {"name": "M1", "instances": [worker]}
    return json_response({"mapReduce": {"jobs": [{"name": "job_0", "tasks": [stage]}]}})


def _log(service: Service, request: Request, instance: Instance) -> Response:
    """The worker log; the functions' stdout and stderr are one stream here."""
    identity = request.query.get("id", "")
    text = next((task.log for task in instance.tasks if task.name == identity), "")
    size = request.integer("size", 0)
    return Response((text[-size:] if size else text).encode(), content_type="text/plain; charset=utf-8")


def _cached(service: Service, request: Request, instance: Instance) -> Response:
    return json_response(
        {
            "instanceId": instance.id,
            "projectName": instance.project,
            "instancePriority": 9,
            "instanceProcess": 100 if instance.status == TERMINATED else 0,
            "jobName": instance.name,
            "startTime": f"{instance.started:%Y-%m-%d %H:%M:%S}",
            "taskName": instance.tasks[0].name,
            "taskType": instance.tasks[0].kind,
            "userAccount": instance.owner,
            "status": instance.status,
        }
    )


def _info(service: Service, request: Request, instance: Instance) -> Response:
    """Task information; the only key there is holds the warnings of a script, and there are none."""
    content = b'{"warnings": []}' if request.query.get("key") == "warnings" else b""
    return Response(content, content_type="application/json")


def _quota(service: Service, request: Request, instance: Instance) -> Response:
    return json_response({})


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
    }
    return Response(content.encode(), content_type="text/html; charset=utf-8", headers=headers)


_VERBS: dict[str, _Answer] = {
    "taskstatus": _task_status,
    "result": _result,
    "source": _source,
    "instanceprogress": _progress,
    "instancesummary": _summary,
    "instancedetail": _detail,
    "detail": _detail,
    "log": _log,
    "cached": _cached,
    "info": _info,
    "instancequota": _quota,
}

ROUTES = [
    Route("/projects/{project}/instances", {"GET": list_instances, "POST": submit}),
    Route("/projects/{project}/instances/{instance}", {"GET": get_instance, "PUT": stop_instance}),
    Route("/logview/", {"GET": logview}, signed=False),
]
