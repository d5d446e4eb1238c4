"""A packed library as a resource of the project, uploaded once."""

from __future__ import annotations

from typing import Any

from odps_jupyter.errors import UserError

from .bundle import Bundle
from .patience import SUBMITTING, Patience

#: How the comment of a resource begins that was uploaded from here.
MARK = "odps-jupyter pack "
#: "Access denied" of MaxCompute's error codes, the first also as PyODPS's NoPermission.
DENIED = ("ODPS-0130013", "NoPermission", "ODPS-0420095")


def is_there(entry: Any, name: str, bundle: Bundle) -> bool:
    """Whether the project holds exactly this content under ``name``.

    Raises:
        UserError: what it holds there was not packed here.
    """
    if not entry.exist_resource(name):
        return False
    resource = entry.get_resource(name)
    resource.reload()
    if resource.type.value.lower() == bundle.kind:
        if resource.content_md5:
            if resource.content_md5.lower() == bundle.md5:
                return True
        elif resource.comment == MARK + bundle.sha256:
            return True  # the service gives no MD5 of what was uploaded in parts
    if not (resource.comment or "").startswith(MARK):
        raise UserError(
            f"Project {entry.project} has a resource {name} that %odps pack did not make.",
            hint="Choose another --name.",
        )
    return False


def upload(entry: Any, name: str, bundle: Bundle, patience: Patience = Patience(SUBMITTING)) -> bool:  # noqa: B008
    """Put ``bundle`` into the project as ``name``; False where it is there already.

    Raises:
        UserError: another resource of that name is in the way, or the account may not create resources.
    """
    return patience.ask(lambda: _upload(entry, name, bundle), lambda _: None)


def _upload(entry: Any, name: str, bundle: Bundle) -> bool:
    """Asked again after an upload without an answer, it finds it there."""
    from odps.errors import ODPSError

    try:
        there = is_there(entry, name, bundle)
        if not there:
            _put(entry, name, bundle)
        if entry.exist_resource(_spare(name, bundle)):
            entry.delete_resource(_spare(name, bundle))
    except ODPSError as error:
        if not any(code in f"{error.code} {error}" for code in DENIED):
            raise
        raise UserError(
            f"This account may not create the resource {name} in project {entry.project}.",
            hint="Ask the project's owner for the permission CreateResource.",
        ) from error
    return not there


def _put(entry: Any, name: str, bundle: Bundle) -> None:
    """So that the project holds one of the old content and the new one at any time."""
    if not entry.exist_resource(name):
        _create(entry, name, bundle)
    elif entry.get_resource(name).type.value.lower() == bundle.kind:
        _update(entry, name, bundle)
    else:
        # A resource keeps its type.
        spare = _spare(name, bundle)
        if not is_there(entry, spare, bundle):
            _create(entry, spare, bundle)
        entry.delete_resource(name)
        try:
            _create(entry, name, bundle)
        except BaseException as error:
            error.add_note(f"odps-jupyter: what was packed is resource {spare} of project {entry.project}.")
            raise


def _spare(name: str, bundle: Bundle) -> str:
    """Under which the new content is there while the old one is removed."""
    return f"{name.removesuffix('.zip')}-replacing-{bundle.sha256[:10]}.zip"


def _create(entry: Any, name: str, bundle: Bundle) -> None:
    with bundle.path.open("rb") as stream:
        entry.create_resource(name, bundle.kind, fileobj=stream, comment=MARK + bundle.sha256)


def _update(entry: Any, name: str, bundle: Bundle) -> None:
    resource = entry.get_resource(name)
    resource.reload()
    resource.comment = MARK + bundle.sha256
    with bundle.path.open("rb") as stream:
        resource.update(file_obj=stream)
