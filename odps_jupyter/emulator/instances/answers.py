"""What the service says of one instance: status, result, source, progress, summary, detail, worker logs."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError, not_emulated
from odps_jupyter.emulator.web import Request, Response, json_response
from odps_jupyter.emulator.xmltext import cdata, element, epoch, leaf, rfc822

from . import results, summary
from .models import FAILED, RUNNING, SUCCESS, TERMINATED, WAITING, Instance, Task, Worker

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

Answer = Callable[["Service", Request, Instance], Response]

_WORKER_ID = re.compile(r"(?P<task>.*)#(?P<worker>\d+)", re.DOTALL)


def headers(instance: Instance) -> dict[str, str]:
    return {
        "x-odps-owner": instance.owner,
        "x-odps-start-time": rfc822(instance.started),
        "x-odps-end-time": "" if instance.ended is None else rfc822(instance.ended),
    }


def status(service: Service, request: Request, instance: Instance) -> Response:
    root = element("Instance", leaf("Status", instance.status))
    return Response(xmltext.document(root), headers=headers(instance))


def _task_status(service: Service, request: Request, instance: Instance) -> Response:
    tasks = (
        element(
            "Task",
            leaf("Name", task.name),
            leaf("StartTime", rfc822(task.started or instance.started)),
            leaf("EndTime", None if task.ended is None else rfc822(task.ended)),
            leaf("Status", task.status),
            element("Histories"),
            attributes={"Type": task.kind},
        )
        for task in instance.tasks
    )
    root = element("Instance", leaf("Status", instance.status), element("Tasks", *tasks))
    return Response(xmltext.document(root), headers=headers(instance))


def _result(service: Service, request: Request, instance: Instance) -> Response:
    return Response(xmltext.document(_results(service, instance)), headers=headers(instance))


def _results(service: Service, instance: Instance) -> str:
    tasks = "".join(_task_result(service, instance, task) for task in instance.tasks)
    return element("Instance", element("Tasks", tasks))


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


def _is_flow(instance: Instance) -> bool:
    return instance.tasks[0].kind == "XFlow"


def _source(service: Service, request: Request, instance: Instance) -> Response:
    if _is_flow(instance):
        raise OdpsError("ODPS-0420061", "Invalid parameter in HTTP request - an XFlow instance has no job; ask xsource")
    return Response(xmltext.document(instance.job), headers=headers(instance))


def _flow_source(service: Service, request: Request, instance: Instance) -> Response:
    if not _is_flow(instance):
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {instance.id} is no XFlow instance")
    return Response(xmltext.document(element("Instance", instance.job)), headers=headers(instance))


def _flow_result(service: Service, request: Request, instance: Instance) -> Response:
    """The steps of an XFlow: one, which ran here and is no instance of its own."""
    if not _is_flow(instance):
        raise OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {instance.id} is no XFlow instance")
    action = element(
        "Action",
        leaf("InstanceId", instance.id),
        leaf("Name", instance.tasks[0].name),
        element("Result", _results(service, instance)),
        attributes={"NodeType": "Local"},
    )
    return Response(xmltext.document(element("XflowInstance", element("Actions", action))))


def _named(request: Request, instance: Instance) -> Task:
    name = request.query.get("taskname") or instance.tasks[0].name
    for task in instance.tasks:
        if task.name == name:
            return task
    raise OdpsError("NoSuchObject", f"ODPS-0420111: Task not found - '{name}' in instance {instance.id}", 404)


def _progress(service: Service, request: Request, instance: Instance) -> Response:
    task = _named(request, instance)
    ended = task.status not in (RUNNING, WAITING)
    workers = max(len(task.workers), 1)
    stages = (
        element(
            "Stage",
            leaf("BackupWorkers", 0),
            leaf("TerminatedWorkers", workers if ended or stage.percent == 100 else 0),
            leaf("RunningWorkers", 0 if ended or stage.percent == 100 else workers),
            leaf("TotalWorkers", workers),
            leaf("InputRecords", stage.input_records),
            leaf("OutputRecords", stage.output_records),
            leaf("FinishedPercentage", stage.percent),
            attributes={"ID": stage.name},
        )
        for stage in task.stages
    )
    return Response(xmltext.document(element("Progress", *stages)))


def _summary(service: Service, request: Request, instance: Instance) -> Response:
    task = _named(request, instance)
    finalized = {"x-odps-task-finalized": "true" if task.ended is not None else "false"}
    if task.ended is None:
        return json_response({}, headers=finalized)
    content = {"JsonSummary": json.dumps(summary.cost(task)), "Summary": summary.text(task)}
    return json_response({"Instance": content}, headers=finalized)


def _detail(service: Service, request: Request, instance: Instance) -> Response:
    task = _named(request, instance)
    started = task.started or instance.started
    state = {RUNNING: "Running", WAITING: "Waiting", FAILED: "Failed"}.get(task.status, "Terminated")
    moved = sum(stage.input_records for stage in task.stages)
    read, written = sum(one.size for one in task.reads), sum(one.size for one in task.writes)

    def shown(number: int, worker: Worker) -> Mapping[str, object]:
        return {
            "id": f"Odps/{instance.id}/{worker.function or task.name}#{number}_0",
            "logId": f"{task.name}#{number}",
            "status": state,
            "startTime": epoch(started) * 1000,
            "endTime": 0 if task.ended is None else epoch(task.ended) * 1000,
            "input_records": moved,
            "output_records": task.rows,
            "input_bytes": read,
            "output_bytes": written,
        }

    workers = [shown(number, worker) for number, worker in enumerate(task.workers or (Worker("", ""),))]
    stages = [{"name": stage.name.partition("_")[0], "instances": workers} for stage in task.stages[:1]]
    return json_response({"mapReduce": {"jobs": [{"name": "job_0", "tasks": stages}]}})


def _log(service: Service, request: Request, instance: Instance) -> Response:
    """A worker's log. What a function writes to stdout and to stderr is one stream here, shown for both."""
    found = _WORKER_ID.fullmatch(request.query.get("id", ""))
    text = ""
    if found is not None and request.query.get("logtype", "stdout") in ("stdout", "stderr"):
        workers = next((task.workers for task in instance.tasks if task.name == found["task"]), ())
        number = int(found["worker"])
        text = workers[number].log if number < len(workers) else ""
    size = request.integer("size", 0)
    return Response((text[-size:] if size > 0 else text).encode(), content_type="text/plain; charset=utf-8")


def queueing(instance: Instance) -> dict[str, object]:
    """An instance as the queue shows it."""
    task = instance.tasks[0]
    percents = [stage.percent for stage in task.stages] or [0]
    return {
        "instanceId": instance.id,
        "projectName": instance.project,
        "instancePriority": instance.priority,
        "instanceProcess": 100 if instance.status == TERMINATED else sum(percents) // len(percents),
        "jobName": instance.name,
        "startTime": f"{instance.started:%Y-%m-%d %H:%M:%S}",
        "taskName": task.name,
        "taskType": task.kind,
        "userAccount": instance.owner,
        "status": instance.status,
    }


def _cached(service: Service, request: Request, instance: Instance) -> Response:
    return json_response(queueing(instance))


def _info(service: Service, request: Request, instance: Instance) -> Response:
    """Task information; the only key there is holds the warnings of a script, and there are none."""
    _named(request, instance)
    key = request.query.get("key", "")
    if key != "warnings":
        raise not_emulated(f"task information {key!r}")
    return json_response({"warnings": []})


def _quota(service: Service, request: Request, instance: Instance) -> Response:
    """Nobody waits for a quota here: PyODPS's word for that is an empty object."""
    _named(request, instance)
    return json_response({})


#: What can be asked of an instance, by the parameter that asks it.
ANSWERS: dict[str, Answer] = {
    "taskstatus": _task_status,
    "result": _result,
    "source": _source,
    "xsource": _flow_source,
    "xresult": _flow_result,
    "instanceprogress": _progress,
    "instancesummary": _summary,
    "instancedetail": _detail,
    "detail": _detail,
    "log": _log,
    "cached": _cached,
    "info": _info,
    "instancequota": _quota,
}
#: Those that read a result's file.
READING = frozenset({_result, _flow_result})
