"""What a client submits: the XML of a job or of an XFlow, checked and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from odps_jupyter.emulator import xmltext
from odps_jupyter.emulator.errors import OdpsError, not_emulated

from .models import Submission, Task

_LAST_PRIORITY = 9

#: Kinds of tasks that PyODPS and its sisters submit and that the embedded MaxCompute has not, with the reason.
REFUSED = {
    "SQLRT": "query acceleration (MCQA) sessions; run the query with execute_sql",
    "MaxFrame": "MaxFrame",
    "CUPID": "Spark and other Cupid jobs",
    "COPY": "copies between clusters",
    "LOT": "MapReduce jobs written in Java",
    "Graph": "graph jobs written in Java",
    "Moye": "offline models of PAI",
}


def parse_submission(body: bytes) -> Submission:
    """Read ``<Instance><Job>...</Job></Instance>`` or ``<Instance><XflowInstance>...``.

    Raises:
        OdpsError: it is neither, or it has a task that is not emulated.
    """
    root = xmltext.parse(body)
    flow = root.find("XflowInstance")
    if flow is not None:
        return _xflow(flow)
    job = root.find("Job")
    tasks = None if job is None else job.find("Tasks")
    if job is None or tasks is None or len(tasks) == 0:
        raise _invalid("the body holds no job with tasks")
    read = tuple(_task(element) for element in tasks)
    if len({task.name for task in read}) < len(read):
        raise _invalid("two tasks of the job have one name")
    return Submission(
        name=job.findtext("Name") or "",
        guid=job.findtext("Guid") or "",
        job=ElementTree.tostring(job, encoding="unicode"),
        tasks=read,
        priority=_priority(job),
    )


def _invalid(what: str) -> OdpsError:
    return OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {what}")


def _priority(element: Element) -> int:
    text = element.findtext("Priority") or str(_LAST_PRIORITY)
    if not text.isascii() or not text.isdigit() or int(text) > _LAST_PRIORITY:
        raise _invalid(f"priority {text!r} is no whole number from 0 to {_LAST_PRIORITY}")
    return int(text)


def _properties(element: Element) -> dict[str, str]:
    found = element.iterfind("Config/Property")
    return {one.findtext("Name") or "": one.findtext("Value") or "" for one in found}


def _settings(properties: dict[str, str], name: str = "settings") -> dict[str, str]:
    try:
        settings = json.loads(properties.get(name) or "{}")
    except (ValueError, RecursionError) as error:
        raise _invalid(f"{name} are no JSON: {error}") from error
    if not isinstance(settings, dict):
        raise _invalid(f"{name} are no JSON object")
    return {str(key): _text(value) for key, value in settings.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _task(element: Element) -> Task:
    read = _KINDS.get(element.tag)
    if read is None:
        reason = REFUSED.get(element.tag)
        raise not_emulated(f"tasks of kind {element.tag}" + (f" ({reason})" if reason else ""))
    return read(element, element.findtext("Name") or f"Anonymous{element.tag}Task")


def _sql(element: Element, name: str) -> Task:
    query = (element.findtext("Query") or "").strip()
    if not query:
        raise _invalid(f"task {name} has no query")
    properties = _properties(element)
    aliases = _settings(properties, "aliases")
    if aliases:
        raise not_emulated(f"other names for resources (aliases: {', '.join(sorted(aliases))})")
    return Task(name, element.tag, query, _settings(properties))


def _merge(element: Element, name: str) -> Task:
    table = (element.findtext("TableName") or "").strip()
    if not table:
        raise _invalid(f"task {name} names no table")
    properties = _properties(element)
    return Task(name, element.tag, table, {**_settings(properties), **_settings(properties, "archiveSettings")})


#: How a task of each kind is read; other kinds are refused.
_KINDS: dict[str, Callable[[Element, str], Task]] = {"SQL": _sql, "SQLCost": _sql, "Merge": _merge}
#: Kinds of tasks that run here.
KINDS = (*_KINDS, "XFlow")


def _xflow(flow: Element) -> Submission:
    name = flow.findtext("Xflow") or ""
    parameters = {
        one.findtext("Key") or "": one.findtext("Value") or "" for one in flow.iterfind("Parameters/Parameter")
    }
    task = Task(name or "XFlow", "XFlow", name, _settings(_properties(flow)), parameters)
    job = ElementTree.tostring(flow, encoding="unicode")
    return Submission("", flow.findtext("Guid") or "", job, (task,), _priority(flow))
