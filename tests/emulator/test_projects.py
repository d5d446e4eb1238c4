"""Projects, schemas, the tenant, permissions: as PyODPS's objects show them."""

from __future__ import annotations

import pytest
from odps import ODPS, errors


def test_project_describes_itself(o: ODPS) -> None:
    project = o.get_project()
    project.reload()
    assert project.name == "testing"
    assert project.owner == o.account.access_id
    assert project.creation_time is not None
    assert project.get_property("odps.sql.type.system.odps2") == "true"


def test_other_projects_do_not_exist(o: ODPS) -> None:
    assert not o.exist_project("nowhere")
    with pytest.raises(errors.NoSuchProject, match="nowhere"):
        o.get_project("nowhere").reload()
    with pytest.raises(errors.NoSuchProject, match="nowhere"):
        o.get_table("x", project="nowhere").reload()


def test_projects_are_listed(o: ODPS) -> None:
    assert [project.name for project in o.list_projects()] == ["testing"]


def test_current_user_is_the_access_id(o: ODPS) -> None:
    assert o.get_project().current_user.display_name == o.account.access_id


def test_unknown_security_query_is_named(o: ODPS) -> None:
    with pytest.raises(errors.ODPSError, match=r"show grants.*not emulated"):
        o.run_security_query("show grants for user x")


def test_schemas_are_made_listed_and_dropped(o: ODPS, name: str) -> None:
    o.create_schema(name)
    assert o.exist_schema(name)
    assert name in [schema.name for schema in o.list_schemas()]
    assert o.get_schema(name).owner == o.account.access_id
    o.delete_schema(name)
    assert not o.exist_schema(name)


def test_schema_exists_only_once(o: ODPS) -> None:
    with pytest.raises(errors.ObjectAlreadyExists):
        o.create_schema("default")


def test_tenant_has_no_schema_namespace(o: ODPS) -> None:
    assert not o.is_schema_namespace_enabled()


def test_unknown_request_names_itself(o: ODPS) -> None:
    with pytest.raises(errors.ODPSError, match="/projects/testing/volumes"):
        list(o.list_volumes())
