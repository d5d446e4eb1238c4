"""The settings of a job (hints) that change what it does; every other one is taken and has no effect."""

from __future__ import annotations

from collections.abc import Mapping

#: Settings by name, and what they say. A test compares this with what the code reads.
HONOURED: Mapping[str, str] = {
    "odps.default.schema": "schema of tables named without one",
    "odps.function.strictmode": "casts that fail are errors instead of NULL",
    "odps.function.timeout": "seconds one batch of a Python function may take (1,800)",
    "odps.merge.archive.flag": "archiving, which is refused",
    "odps.merge.cold.storage.mode": "freezing and restoring, which are refused",
    "odps.namespace.schema": "`a.b` is schema and table, not project and table",
    "odps.session.image": "image of the executor",
    "odps.sql.bigquery.compatible": "BigQuery's meaning of functions, which is refused",
    "odps.sql.decimal.odps2": "if false, DECIMAL takes no precision and scale",
    "odps.sql.decimal.tostring.trimzero": "if false, the text of a DECIMAL keeps the zeros at its end",
    "odps.sql.decimal2.extended.scale.enable": "DECIMAL has up to 38 places behind the point",
    "odps.sql.decimal256.auto.promotion": "DECIMAL256, which is refused",
    "odps.sql.decimal256.enable": "DECIMAL256, which is refused",
    "odps.sql.force.getjsonobj.array.format": "GET_JSON_OBJECT answers `[*]` as an array always, which is refused",
    "odps.sql.groupby.position.alias": "a number in GROUP BY is a place in the select list",
    "odps.sql.hive.compatible": "Hive's meaning where the two differ",
    "odps.sql.map.key.dedup.policy": "a map with a key twice: `last_win` is what there is, `exception` is refused",
    "odps.sql.max.sequence.length": "how many elements SEQUENCE may make (10,000)",
    "odps.sql.orderby.position.alias": "a number in ORDER BY is a place in the select list",
    "odps.sql.python.version": "Python of the executor: `cp27`, `cp37`, `cp311`",
    "odps.sql.timezone": "time zone of the job (this machine's)",
    "odps.sql.type.system.odps2": "whole numbers that fit are INT, INSERT wants a CAST for what may be lost; if false,"
    " what stands behind a union is its last part's",
    "odps.sql.udf.getjsonobj.new": "if false, GET_JSON_OBJECT's older meaning, which is refused",
    "odps.sql.udf.python.memory": "MiB one worker may use (1,024)",
}
