"""Lifecycle: tables and partitions whose rows have not changed for too long are reclaimed, as by DROP.

Source: MaxCompute's page "Lifecycle". A table without partitions goes as a whole. Of one with partitions each goes by
itself and the table stays, unless its property ``lifecycle.deletemeta`` says that it goes with its last partition.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.projects.models import list_projects, list_schemas
from odps_jupyter.emulator.store import transaction

from .catalog import SessionCatalog
from .models import Table

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

log = logging.getLogger(__name__)

_ALL = 1 << 31


def reclaim(service: Service, moment: datetime) -> None:
    """Reclaim everything whose lifecycle is over at a time (UTC without zone).

    What a job is changing just now is left to the next time.
    """
    with service.store.reading() as connection:
        places = [
            (project.name, schema.name)
            for project in list_projects(connection)
            for schema in list_schemas(connection, project.name)
        ]
        overdue = [
            table
            for project, schema in places
            for catalog in [service.catalog(connection, project)]
            for table in catalog.tables(schema, limit=_ALL)
            if _is_overdue(catalog, table, moment)
        ]
    for table in overdue:
        _reclaim(service, table, moment)


def _is_overdue(catalog: SessionCatalog, table: Table, moment: datetime) -> bool:
    if table.is_view or not table.lifecycle or not table.lifecycle_enabled:
        return False
    limit = moment - timedelta(days=table.lifecycle)
    if not table.partitions:
        return table.modified < limit
    return any(one.lifecycle_enabled and one.modified < limit for one in catalog.described_partitions(table))


def _reclaim(service: Service, found: Table, moment: datetime) -> None:
    connection = service.store.connect()
    catalog = service.catalog(connection, found.project)
    try:
        with service.sessions.writer(found.id), transaction(connection):
            table = catalog.by_id(found.id)
            # Looked at again: it may have been written or dropped meanwhile.
            if table is None or not _is_overdue(catalog, table, moment):
                return
            _drop(catalog, table, moment)
        log.info("the lifecycle of %s is over: reclaimed", table.qualified)
    except (OdpsError, duckdb.TransactionException) as error:
        log.info("%s is being changed and not reclaimed: %s", found.qualified, error)
        return
    finally:
        catalog.close()
        connection.close()
    with service.store.writing() as connection:
        catalog.write_times(connection)


def _drop(catalog: SessionCatalog, table: Table, moment: datetime) -> None:
    assert table.lifecycle is not None
    limit = moment - timedelta(days=table.lifecycle)
    for one in catalog.described_partitions(table):
        if one.lifecycle_enabled and one.modified < limit:
            catalog.drop_partition(table, one.spec, if_exists=True)
    with_last = table.properties.get("lifecycle.deletemeta", "").lower() == "true"
    if not table.partitions or (with_last and not catalog.described_partitions(table)):
        catalog.drop_table(table.project, table.schema, table.name, if_exists=True, kind=table.kind)
