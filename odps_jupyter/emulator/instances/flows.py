"""XFlow instances: the algorithms that ``odps.df`` itself submits to PAI (``static/algorithms/preprocess.xml``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError, not_emulated
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.sql.scope import Field, Query
from odps_jupyter.emulator.sql.typed import name

from .flow import Flow, invalid
from .models import Task

#: A number between 0 and 1 for each row, the same ones for the same seed.
_UNIFORM = "((hash(nr, {seed}) >> 11) + 0.5) / 9007199254740992.0"


def _numbered(query: Query, sql: str = "row_number() OVER () - 1") -> str:
    """The rows with their place in ``nr``, counted from 0."""
    return f"(SELECT *, {sql} AS nr FROM ({query.sql}) AS {query.positional('q')}) AS n"


def _columns(query: Query) -> str:
    return ", ".join(f"c{place} AS {name(field.name)}" for place, field in enumerate(query.fields))


def _shuffled(flow: Flow, query: Query) -> str:
    """The rows with ``place``, their place in a random order, and ``u``, a random number."""
    seed = flow.seed()
    uniform = _UNIFORM.format(seed=seed)
    return (
        f"(SELECT *, row_number() OVER (ORDER BY u, nr) AS place FROM "
        f"(SELECT *, {uniform} AS u FROM {_numbered(query)}) AS d) AS s"
    )


def append_id(flow: Flow) -> None:
    """AppendID: a first column that counts the rows from 0."""
    query = flow.input("inputTableName", "inputPartitions", flow.words("selectedColNames"))
    column = flow.text("IDColName", "append_id")
    fields = (Field(column.lower(), types.parse("bigint")), *query.fields)
    sql = f"SELECT CAST(nr AS BIGINT) AS {name(column)}, {_columns(query)} FROM {_numbered(query)} ORDER BY nr"
    flow.output("outputTableName", "outputPartition", Query(sql, fields))


def split(flow: Flow) -> None:
    """Split: a share of the rows at random to one table, the others to a second."""
    query = flow.input("inputTableName", "inputTablePartitions")
    fraction = flow.number("fraction")
    if fraction is None or not 0 <= fraction <= 1:
        raise invalid("fraction must be a number from 0 to 1")
    first = round(flow.count(query) * fraction)
    shuffled = _shuffled(flow, query)
    for number, test in ((1, f"place <= {first}"), (2, f"place > {first}")):
        part = Query(f"SELECT {_columns(query)} FROM {shuffled} WHERE {test} ORDER BY nr", query.fields)
        flow.output(f"output{number}TableName", f"output{number}TablePartition", part)


def _size(flow: Flow, query: Query) -> int:
    size, ratio = flow.number("sampleSize"), flow.number("sampleRatio")
    if (size is None) == (ratio is None):
        raise invalid("exactly one of sampleSize and sampleRatio must be given")
    wanted = round(flow.count(query) * ratio) if ratio is not None else int(size or 0)
    if wanted < 0:
        raise invalid("a sample cannot have fewer than 0 rows")
    return wanted


def random_sample(flow: Flow) -> None:
    """RandomSample: so many rows, or such a share, each equally likely; a row may come again with ``replace``."""
    query = flow.input("inputTableName", "inputTablePartitions")
    wanted, rows = _size(flow, query), flow.count(query)
    if flow.text("replace", "false").lower() == "true":
        drawn = f"CAST(floor({_UNIFORM.format(seed=flow.seed())} * {rows}) AS BIGINT)"
        draws = f"(SELECT {drawn} AS pick FROM range({wanted if rows else 0}) AS r(nr)) AS d"
        sql = f"SELECT {_columns(query)} FROM {draws} JOIN {_numbered(query)} ON n.nr = d.pick"
    else:
        sql = f"SELECT {_columns(query)} FROM {_shuffled(flow, query)} WHERE place <= {wanted} ORDER BY nr"
    flow.output("outputTableName", "outputTablePartition", Query(sql, query.fields))


def weighted_sample(flow: Flow) -> None:
    """WeightedSample: so many rows, each as likely as its weight says; rows without a positive weight never come."""
    query = flow.input("inputTableName", "inputTablePartitions")
    wanted = _size(flow, query)
    weight = f"CAST(c{flow.position(query, 'probCol')} AS DOUBLE)"
    uniform = _UNIFORM.format(seed=flow.seed())
    if flow.text("replace", "false").lower() == "true":
        ranges = (
            f"(SELECT *, sum({weight}) OVER (ORDER BY nr) AS upto, sum({weight}) OVER () AS total "
            f"FROM {_numbered(query)} WHERE {weight} > 0) AS n"
        )
        draws = f"(SELECT {uniform} AS u FROM range({wanted}) AS r(nr)) AS d"
        test = f"d.u * n.total >= n.upto - {weight} AND d.u * n.total < n.upto"
        sql = f"SELECT {_columns(query)} FROM {draws} JOIN {ranges} ON {test}"
    else:
        # The rows with the largest u ** (1 / weight) are a weighted sample (Efraimidis and Spirakis, 2006).
        keyed = f"(SELECT *, ln({uniform}) / {weight} AS k FROM {_numbered(query)} WHERE {weight} > 0) AS n"
        sql = f"SELECT {_columns(query)} FROM {keyed} ORDER BY k DESC LIMIT {wanted}"
    flow.output("outputTableName", "outputTablePartition", Query(sql, query.fields))


def stratified_sample(flow: Flow) -> None:
    """StratifiedSample: so many rows, or such a share, of each value of a column (``10`` or ``a:10,b:5``)."""
    query = flow.input("inputTableName", "inputTablePartitions")
    size, ratio = flow.text("sampleSize", ""), flow.text("sampleRatio", "")
    if bool(size) == bool(ratio):
        raise invalid("exactly one of sampleSize and sampleRatio must be given")
    column = f"c{flow.position(query, 'strataColName')}"
    limits = flow.limits(size or ratio)
    if isinstance(limits, Mapping):
        cases = " ".join(f"WHEN {flow.literal(value)} THEN {limit}" for value, limit in limits.items())
        limit = f"CASE CAST({column} AS VARCHAR) {cases} ELSE 0 END"
    else:
        limit = str(limits)
    if ratio:
        limit = f"round(count(*) OVER (PARTITION BY {column}) * ({limit}))"
    uniform = _UNIFORM.format(seed=flow.seed())
    placed = (
        f"(SELECT *, row_number() OVER (PARTITION BY {column} ORDER BY {uniform}, nr) AS place, {limit} AS most "
        f"FROM {_numbered(query)}) AS p"
    )
    sql = f"SELECT {_columns(query)} FROM {placed} WHERE place <= most ORDER BY nr"
    flow.output("outputTableName", "outputTablePartition", Query(sql, query.fields))


def append_columns(flow: Flow) -> None:
    """AppendColumns: the columns of several tables side by side, row by row."""
    tables = flow.words("inputTableNames")
    if not tables:
        raise invalid("inputTableNames must name the tables to append")
    partitions = flow.text("inputPartitionsInfoList", "").split(",") if flow.text("inputPartitionsInfoList", "") else []
    selected = flow.text("selectedColNamesList", "").split(";")
    rename = flow.text("autoRenameCol", "false").lower() == "true"
    queries = []
    for place, table in enumerate(tables):
        columns = [one for one in selected[place].split(",") if one] if place < len(selected) else []
        queries.append(flow.relation(table, partitions[place] if place < len(partitions) else "", columns))
    if len({flow.count(query) for query in queries}) > 1:
        raise OdpsError(
            "ODPS-0130071", "Semantic analysis exception - the tables to append have unlike numbers of rows"
        )
    fields: list[Field] = []
    shown: list[str] = []
    for place, query in enumerate(queries):
        for column, field in enumerate(query.fields):
            title = f"t{place}_{field.name}" if rename else field.name
            fields.append(Field(title, field.type))
            shown.append(f"a{place}.c{column} AS {name(title)}")
    if len({field.name for field in fields}) < len(fields):
        raise OdpsError("ODPS-0130071", "Semantic analysis exception - columns of the tables to append share a name")
    joined = " POSITIONAL JOIN ".join(
        f"({query.sql}) AS {query.positional(f'a{i}')}" for i, query in enumerate(queries)
    )
    flow.output("outputTableName", "outputPartition", Query(f"SELECT {', '.join(shown)} FROM {joined}", tuple(fields)))


#: Algorithms by the name PyODPS submits them under; names are compared without case, as PAI does.
ALGORITHMS: Mapping[str, Callable[[Flow], None]] = {
    "AppendID": append_id,
    "AppendColumns": append_columns,
    "Split": split,
    "RandomSample": random_sample,
    "WeightedSample": weighted_sample,
    "StratifiedSample": stratified_sample,
}


def known(algorithm: str) -> Callable[[Flow], None]:
    """The algorithm of a name.

    Raises:
        OdpsError: it is not emulated; the error names it.
    """
    for title, run in ALGORITHMS.items():
        if title.lower() == algorithm.lower():
            return run
    raise not_emulated(f"the XFlow algorithm {algorithm or '(none)'} of PAI")


def run_flow(task: Task, execution: Execution) -> Sequence[str]:
    """Run the algorithm of a task in one transaction; returns the tables it wrote.

    Raises:
        OdpsError: the algorithm is not emulated, or its parameters or tables do not fit; nothing has happened then.
    """
    algorithm = known(task.query)
    connection = execution.connection
    connection.begin()
    try:
        flow = Flow(execution, task.parameters)
        algorithm(flow)
        execution.close()
        connection.commit()
    except BaseException:
        connection.rollback()
        raise
    return flow.written
