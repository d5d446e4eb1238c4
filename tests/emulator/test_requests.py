"""The service's other requests: projects, users, quotas, tokens, XFlows, permissions; and what it has not."""

from __future__ import annotations

import pytest
from odps import ODPS, errors
from odps.apis.storage_api import StorageApiArrowClient, TableBatchScanRequest

from .conftest import Running


def test_project_and_its_people(o: ODPS) -> None:
    project = o.get_project()
    owner = o.account.access_id
    assert project.owner == owner
    assert [one.name for one in o.list_projects()] == [project.name]
    assert o.exist_project(project.name)
    assert not o.exist_project("nowhere")
    assert project.get_property("odps.sql.type.system.odps2") == "true"
    assert project.get_property("nothing", "default") == "default"
    assert [user.display_name for user in project.users] == [owner]
    assert owner in project.users
    assert "nobody" not in project.users
    assert list(project.roles) == []
    assert "admin" not in project.roles
    assert project.current_user.display_name == owner
    assert o.run_security_query("whoami")["ID"] == owner
    assert o.run_security_query("list users;")["users"]


def test_policy_is_kept(o: ODPS) -> None:
    project = o.get_project()
    policy = {"Version": "1", "Statement": []}
    project.policy = policy
    project.reload()
    assert project.policy == policy


def test_quota_and_tenant(o: ODPS) -> None:
    assert [quota.nickname for quota in o.list_quotas()] == ["default"]
    assert o.get_quota("default").cpu > 0
    assert o.exist_quota("default")
    assert not o.exist_quota("other")
    assert o.default_tenant.name == "embedded"
    assert not o.is_schema_namespace_enabled()


def test_flows_are_listed(o: ODPS) -> None:
    assert "AppendID" in [flow.name for flow in o.list_xflows()]
    assert o.exist_xflow("AppendID")
    assert not o.exist_xflow("KMeans")


def test_a_token_reads_its_instance_and_nothing_else(service: Running, o: ODPS) -> None:
    from odps.accounts import BearerTokenAccount

    instance = o.execute_sql("select 1 as a")
    statement = {
        "Action": ["odps:Read"],
        "Effect": "Allow",
        "Resource": f"acs:odps:*:projects/{o.project}/instances/{instance.id}",
    }
    token = o.get_project().generate_auth_token({"Statement": [statement], "Version": "1"}, "bearer", 1)
    bearer = ODPS(account=BearerTokenAccount(token), project=o.project, endpoint=o.endpoint, overwrite_global=False)
    assert bearer.get_instance(instance.id).is_successful()
    with pytest.raises(errors.ODPSError, match="bearer token"):
        bearer.get_table("pyodps_iris").reload()


def test_queries_of_acceleration_fall_back(o: ODPS) -> None:
    with o.execute_sql_interactive("select 1 as a").open_reader() as reader:
        assert reader[0][0] == 1
    with pytest.raises(errors.ODPSError, match=r"SQLRT.*COVERAGE"):
        o.execute_sql_interactive("select 1 as a", fallback=False)


@pytest.mark.parametrize(
    ("query", "text"),
    [("grant select on table t to user x", "grant select"), ("add user someone", "add user someone")],
)
def test_security_queries_beyond_are_named(o: ODPS, query: str, text: str) -> None:
    with pytest.raises(errors.ODPSError, match=f"{text}.*COVERAGE"):
        o.run_security_query(query)


def test_what_is_not_emulated_is_named_and_points_to_the_list(o: ODPS) -> None:
    for call, named in (
        (lambda: list(o.list_volumes()), "Volumes"),
        (lambda: o.get_volume("v"), "Volumes"),
        (lambda: o.create_parted_volume("v"), "Volumes"),
        (lambda: o.delete_volume("v"), "Volumes"),
        (lambda: list(o.list_offline_models()), "Offline models"),
        (lambda: o.delete_offline_model("m"), "Offline models"),
        (lambda: list(o.list_models()), "Models of the catalog"),
        (lambda: o.get_model("m").reload(), "Models of the catalog"),
        (lambda: o.exist_model("m"), "Models of the catalog"),
        (lambda: o.get_project().system_info, "System information"),
        (lambda: o.get_security_option("check_permission_using_acl"), "Security settings"),
        (lambda: o.set_role_policy("admin", {}), "Policies of roles"),
        (lambda: o.get_project().xflows.create("<x/>"), "XFlows of one's own"),
        (lambda: o.run_sql_interactive("select 1", use_mcqa_v2=True), "MCQA"),
        (lambda: o.execute_sql("create external table x (a bigint) stored as parquet location 'y'"), "EXTERNAL TABLE"),
        (lambda: StorageApiArrowClient(o, o.get_table("pyodps_iris")).create_read_session(scan()), "Storage API"),
    ):
        with pytest.raises(errors.ODPSError, match=f"(?s){named}.*COVERAGE"):
            call()


def scan() -> TableBatchScanRequest:
    return TableBatchScanRequest(required_partitions=[])
