"""DuckDB macros behind conversions and functions that no single DuckDB function says, and the functions in Python.

They are temporary, so they belong to the connection and vanish with it. Names start with ``mc_``. Making one takes a
millisecond or two, so a job makes only those that its statements use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling, PythonUDFType

from odps_jupyter.emulator import types

from .arithmetic import PYTHON as ARITHMETIC
from .functions.bodies import Body
from .functions.python import PYTHON as FUNCTIONS
from .functions.python import STATEFUL
from .spans import LONGEST_MICROS, TOO_LONG
from .typed import quote
from .udfs import Failure

_NAME = re.compile(r"\bmc_\w+(?=\()")
_AS_DECIMAL = re.compile(r"mc_as_decimal_(\d+)_(\d+)")
_INTEGER = r"[+-]?[0-9]+"
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?)?"
#: The last place of a text that DuckDB knows; it has no text as long.
_FAR = 2**32 - 1
_PYTHON: Mapping[str, Body] = {**ARITHMETIC, **FUNCTIONS}


def _refused(text: str) -> str:
    """DuckDB text that ends the statement with a code and a message."""
    return f"error({quote(text)})"


_NOT_KEPT = _refused("ODPS-0121145: Data overflow - a TIMESTAMP before 1678 or behind 2261 is not kept here")
_MACROS = (
    # CAST('1.6' AS BIGINT) is 1, by way of DOUBLE; an integer text keeps all its digits.
    rf"""mc_text_to_bigint(s) AS CASE WHEN regexp_full_match(trim(s), '{_INTEGER}') THEN CAST(trim(s) AS BIGINT)
        ELSE CAST(trunc(CAST(mc_number_text(s, 'Bigint') AS DOUBLE)) AS BIGINT) END""",
    r"""mc_text_to_double(s) AS coalesce(TRY_CAST(trim(s) AS DOUBLE), CAST(mc_number_text(s, 'Double') AS DOUBLE))""",
    # CAST of a text to DECIMAL cuts off the digits that are too many (its manual, "Type conversions").
    r"""mc_text_to_digits(s, scale) AS mc_cut_digits(mc_number_text(s, 'Decimal'), scale)""",
    # From the year 1 to 9999, cut to milliseconds where DuckDB would round to microseconds.
    rf"""mc_text_to_datetime(s) AS CASE WHEN regexp_full_match(s, '{_MOMENT}') AND s >= '0001'
        THEN TRY_CAST(substring(s, 1, 23) AS TIMESTAMP) END""",
    r"""mc_text_to_date(s) AS CAST(mc_text_to_datetime(s) AS DATE)""",
    rf"""mc_text_to_timestamp(s) AS CASE WHEN mc_text_to_datetime(s) IS NULL THEN NULL
        WHEN TRY_CAST(s AS TIMESTAMP_NS) IS NULL
        THEN {_NOT_KEPT}
        ELSE TRY_CAST(s AS TIMESTAMP_NS) END""",
    rf"""mc_to_ns(t) AS CASE WHEN t IS NOT NULL AND TRY_CAST(t AS TIMESTAMP_NS) IS NULL
        THEN {_NOT_KEPT}
        ELSE TRY_CAST(t AS TIMESTAMP_NS) END""",
    r"""mc_ns_to_datetime(t) AS make_timestamp(
        (epoch_ns(t) - ((epoch_ns(t) % 1000000) + 1000000) % 1000000) // 1000)""",
    # DuckDB moves and cuts a TIMESTAMP_NS as microseconds: the nanoseconds below them are put back.
    r"""mc_micros(t) AS make_timestamp((epoch_ns(t) - ((epoch_ns(t) % 1000) + 1000) % 1000) // 1000)""",
    rf"""mc_with_nanos(moved, t) AS CASE WHEN abs(epoch_us(moved)) > {2**63 // 1000 - 1} THEN {_NOT_KEPT}
        ELSE make_timestamp_ns(epoch_us(moved) * 1000 + ((epoch_ns(t) % 1000) + 1000) % 1000) END""",
    # Moments moved by an interval, and the intervals between two: on the clock, or of the instants (see _zoned).
    r"""mc_moved_ns(t, span) AS mc_with_nanos(mc_micros(t) + span, t)""",
    # All values leave DuckDB through Arrow, which turns what exceeds 64 bits of nanoseconds into another span.
    rf"""mc_span(micros) AS CASE WHEN abs(micros) > {LONGEST_MICROS}
        THEN {_refused(f"ODPS-0121145: Data overflow - {TOO_LONG} is not kept here")}
        ELSE to_microseconds(micros) END""",
    r"""mc_between_days(a, b) AS mc_span(CAST(a - b AS BIGINT) * 86400000000)""",
    r"""mc_between_clocks_ns(a, b) AS CASE WHEN mc_same_nanos(a, b)
        THEN mc_span(epoch_us(mc_micros(a)) - epoch_us(mc_micros(b))) END""",
    # The parts below a microsecond are compared, for 64 bits have no room for every difference of nanoseconds.
    rf"""mc_same_nanos(a, b) AS CASE WHEN (epoch_ns(a) % 1000 - epoch_ns(b) % 1000) % 1000 <> 0
        THEN {_refused("ODPS-0121095: Invalid arguments - an interval with nanoseconds is not kept here")}
        ELSE a IS NOT NULL AND b IS NOT NULL END""",
    rf"""mc_year(t) AS CASE WHEN year(t) BETWEEN 1 AND 9999 OR t IS NULL THEN t
        ELSE {_refused("ODPS-0121145: Data overflow - a time out of the years 1 to 9999")} END""",
    # Java's Double.toString: 1.0E20 where DuckDB writes 1e+20.
    r"""mc_double_to_text(d) AS CASE WHEN isnan(d) THEN 'NaN' WHEN isinf(d) THEN if(d > 0, 'Infinity', '-Infinity')
        WHEN d <> 0 AND (abs(d) >= 1e7 OR abs(d) < 1e-3) THEN mc_scientific(CAST(d AS DOUBLE))
        ELSE CAST(d AS VARCHAR) END""",
    # A place counts from 1, or from the end if it is negative.
    rf"""mc_substr(s, p) AS CASE WHEN p < -length(s) THEN ''
        ELSE substring(s, CASE WHEN p = 0 THEN 1 WHEN p > {_FAR} THEN {_FAR} ELSE p END) END""",
    rf"""mc_substr_len(s, p, n) AS CASE WHEN n <= 0 OR p < -length(s) THEN ''
        ELSE substring(s, CASE WHEN p = 0 THEN 1 WHEN p > {_FAR} THEN {_FAR} ELSE p END,
        CASE WHEN n > {_FAR} THEN {_FAR} ELSE n END) END""",
    # Position of the n-th occurrence at or after a start counted from 1 (from the end, if negative).
    rf"""mc_instr(s, t, p, n) AS CASE WHEN s IS NULL OR t IS NULL OR p IS NULL OR n IS NULL THEN NULL
        WHEN n <= 0 THEN {_refused("ODPS-0121095: Invalid arguments - in function instr, occurrence must be positive")}
        ELSE coalesce(
        list_filter(range(CASE WHEN p < 0 THEN greatest(length(s) + p + 1, 1) ELSE greatest(p, 1) END, length(s) + 1),
        lambda i$: substring(s, i$, length(t)) = t)[n], CASE WHEN t = '' THEN 1 ELSE 0 END) END""",
    r"""mc_element(a, i) AS CASE WHEN i BETWEEN 0 AND len(a) THEN a[i + 1] END""",
    # Without the empty texts at its end; SPLIT of an empty text is that text.
    r"""mc_trimmed(a) AS CASE WHEN len(a) = 1 THEN a ELSE a[:coalesce(list_max(list_transform(a, lambda t$, i$:
        CASE WHEN t$ <> '' THEN i$ END)), 0)] END""",
    # How many items a function may make, so that one row cannot take the memory of all jobs.
    rf"""mc_many(n) AS CASE WHEN n > 10000000
        THEN {_refused("ODPS-0121095: Invalid arguments - an array of more than 10000000 items")} ELSE n END""",
    r"""mc_series(a, b, c, most) AS CASE WHEN mc_is_ahead(c <> 0, c > 0, a <= b)
        THEN CASE WHEN abs((CAST(b AS HUGEINT) - a) // nullif(c, 0)) >= most THEN mc_too_many(most)
        ELSE generate_series(CAST(a AS BIGINT), CAST(b AS BIGINT), CAST(c AS BIGINT)) END END""",
    rf"""mc_is_ahead(moves, up, rises) AS CASE
        WHEN NOT moves THEN {_refused("ODPS-0121095: Invalid arguments - in function sequence, the step must not be 0")}
        WHEN up <> rises THEN {
        _refused(
            "ODPS-0121095: Invalid arguments - in function sequence, the step must"
            " be positive where start is not greater than stop, and negative elsewhere"
        )
    } ELSE true END""",
    r"""mc_too_many(most) AS error('ODPS-0121095: Invalid arguments - in function sequence, there are more than '
        || most || ' elements; odps.sql.max.sequence.length says how many there may be')""",
    rf"""mc_whole_days(micros) AS CASE WHEN micros % 86400000000 <> 0 THEN {
        _refused("ODPS-0121095: Invalid arguments - in function sequence, a DATE has no step of parts of a day")
    } ELSE micros // 86400000000 END""",
    # As many months behind the start as could be at the stop, which the day of the month decides.
    r"""mc_month_series(a, b, months) AS CASE WHEN mc_is_ahead(months <> 0, months > 0, a <= b)
        THEN list_transform(range(0, abs(date_diff('month', a, b)) // nullif(abs(months), 0) + 1),
        lambda i$: i$ * months) END""",
    # A month that is too short for the start's day: the manual does not say what day the steps behind it have.
    rf"""mc_months_kept(items, a, b, most) AS list_transform([list_filter(items,
        lambda e$: CASE WHEN a <= b THEN e$ <= b ELSE e$ >= b END)], lambda k$: CASE
        WHEN len(k$) > most THEN mc_too_many(most)
        WHEN len(list_filter(k$[:-2], lambda e$: day(e$) <> day(a))) > 0 THEN {
        _refused(
            "ODPS-0121095: Invalid arguments - in function sequence, steps of months behind"
            " a month that has not the start's day are not documented"
        )
    } ELSE k$ END)[1]""",
    # Arrays in which NULL is a value like any other.
    r"""mc_has(a, item) AS coalesce(list_bool_or(list_transform(a, lambda h$: h$ IS NOT DISTINCT FROM item)), false)""",
    # Items beside their places, equal ones side by side: what is said of many takes no comparison of each with each.
    r"""mc_runs(a) AS list_sort(list_transform(a, lambda r$, i$: {'item': r$, 'place': i$}))""",
    r"""mc_firsts(runs) AS list_transform(list_filter(runs, lambda f$, i$: i$ = 1
        OR runs[i$ - 1].item IS DISTINCT FROM f$.item), lambda f$: f$.place)""",
    r"""mc_lasts(runs) AS list_transform(list_filter(runs, lambda f$, i$: i$ = len(runs)
        OR runs[i$ + 1].item IS DISTINCT FROM f$.item), lambda f$: f$.place)""",
    # What a macro is given is its text: it is bound to a name wherever each item would compute it again.
    r"""mc_list_distinct(a) AS list_transform([a], lambda n$: list_transform([mc_runs(n$)], lambda s$:
        list_transform(list_sort(mc_firsts(s$)), lambda p$: n$[p$]))[1])[1]""",
    # Two arrays' items side by side, those of the second before equal ones of the first.
    r"""mc_both(a, b) AS list_sort(list_concat(
        list_transform(b, lambda r$, i$: {'item': r$, 'first': false, 'place': i$}),
        list_transform(a, lambda r$, i$: {'item': r$, 'first': true, 'place': i$})))""",
    r"""mc_firsts_without(runs) AS list_transform(list_filter(runs, lambda f$, i$: f$.first AND (i$ = 1
        OR runs[i$ - 1].item IS DISTINCT FROM f$.item)), lambda f$: f$.place)""",
    r"""mc_firsts_with(runs) AS list_transform(list_filter(runs, lambda f$, i$: f$.first AND i$ > 1
        AND NOT runs[i$ - 1].first AND runs[i$ - 1].item IS NOT DISTINCT FROM f$.item), lambda f$: f$.place)""",
    r"""mc_list_except(a, b) AS list_transform([a], lambda n$: list_transform([mc_both(n$, b)], lambda s$:
        list_transform(list_sort(mc_firsts_without(s$)), lambda p$: n$[p$]))[1])[1]""",
    r"""mc_list_intersect(a, b) AS list_transform([a], lambda n$: list_transform([mc_both(n$, b)], lambda s$:
        list_transform(list_sort(mc_firsts_with(s$)), lambda p$: n$[p$]))[1])[1]""",
    # Where the items of equal ones begin and end in their runs, in the order in which they first came.
    r"""mc_spans(runs) AS list_transform(list_sort(list_transform(list_zip(
        list_filter(range(1, len(runs) + 1), lambda j$: j$ = 1 OR runs[j$ - 1].item IS DISTINCT FROM runs[j$].item),
        list_filter(range(1, len(runs) + 1), lambda j$: j$ = len(runs)
        OR runs[j$ + 1].item IS DISTINCT FROM runs[j$].item)),
        lambda z$: {'place': runs[z$[1]].place, 'from': z$[1], 'to': z$[2]})), lambda z$: z$)""",
    # A slice of a list takes as long as the list, a look into it does not.
    r"""mc_grouped(entries) AS list_transform([mc_runs(mc_keys(entries))], lambda s$: map_from_entries(list_transform(
        mc_spans(s$), lambda z$: {'key': s$[z$.from].item,
        'value': list_transform(range(z$.from, z$.to + 1), lambda j$: entries[s$[j$].place].value)})))[1]""",
    # The last of several values of a key wins (mapDupKeyPolicy last_win), in the place of the first.
    r"""mc_keys(entries) AS list_transform(entries, lambda e$: e$.key)""",
    r"""mc_map_of_last(entries) AS list_transform([mc_runs(mc_keys(entries))], lambda s$: map_from_entries(
        list_transform(list_sort(list_zip(mc_firsts(s$), mc_lasts(s$))), lambda z$: entries[z$[2]])))[1]""",
    # The entries are computed once, whatever text makes them.
    rf"""mc_map(entries) AS list_transform([entries], lambda n$: CASE WHEN n$ IS NULL THEN NULL
        WHEN mc_has(mc_keys(n$), NULL)
        THEN {_refused("ODPS-0121095: Invalid arguments - the key of a map must not be NULL")}
        WHEN list_unique(mc_keys(n$)) = len(n$) THEN map_from_entries(n$) ELSE mc_map_of_last(n$) END)[1]""",
    rf"""mc_map_of_distinct(entries) AS CASE
        WHEN list_unique(mc_keys(entries)) <> len(entries)
        THEN {_refused("ODPS-0121095: Invalid arguments - a map has the same key twice")} ELSE mc_map(entries) END""",
    r"""mc_json_quote(s) AS CAST(to_json(CAST(s AS VARCHAR)) AS VARCHAR)""",
)


def _number_text(strict: bool) -> str:
    """Text that starts with a number counts as far as it is one. Other text is NULL, and where the job's
    ``odps.function.strictmode`` is true, an error (its manual, "CAST" and "ODPS-0123091").
    """
    number = r"regexp_extract(trim(s), '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?')"
    if not strict:
        return f"mc_number_text(s, kind) AS nullif({number}, '')"
    before = quote("ODPS-0123091: Illegal type cast - in function cast, value '")
    refused = f"error({before} || s || {quote(chr(39) + ' cannot be casted from String to ')} || kind)"
    return f"mc_number_text(s, kind) AS CASE WHEN s IS NULL THEN NULL WHEN {number} = trim(s) THEN s ELSE {refused} END"


def _edition(hive: bool, trimmed: bool) -> tuple[str, ...]:
    """What differs where the job asked for Hive's meaning, or for all places of a decimal's text."""
    digits = "mc_rounded(s, scale)" if hive else "mc_digits(s, scale)"
    whole = "rtrim(rtrim(CAST(d AS VARCHAR), '0'), '.')" if trimmed else "CAST(d AS VARCHAR)"
    none = _refused("ODPS-0121095: Invalid arguments - in function substring, length must be greater than 0")
    found = "CAST(coalesce(list_position(string_split(s, d), t), 0) AS BIGINT)"
    return (
        # A place before every text.
        f"mc_place(p) AS {'p' if hive else f'CASE WHEN p = 0 THEN {-(2**63) + 1} ELSE p END'}",
        f"mc_some(n) AS {'n' if hive else f'CASE WHEN n <= 0 THEN {none} ELSE n END'}",
        f"mc_cut(d, scale) AS {'round' if hive else 'trunc'}(d, scale)",
        f"mc_cut_digits(s, scale) AS CASE WHEN regexp_full_match(s, '{_INTEGER}') THEN s ELSE {digits} END",
        f"mc_decimal_to_text(d) AS CASE WHEN strpos(CAST(d AS VARCHAR), '.') > 0 THEN {whole}"
        " ELSE CAST(d AS VARCHAR) END",
        f"mc_find_in_set(t, s, d) AS {found if hive else f'CASE WHEN length(t) = 0 THEN 0 ELSE {found} END'}",
    )


def _zoned(zone: str, stored: str) -> tuple[str, ...]:
    """Between instants, wall-clock time in the job's zone and wall-clock time in the zone of stored values."""
    job, base = quote(zone), quote(stored)
    odd = _refused(
        f"ODPS-0121095: Invalid arguments - a time in an hour that clocks of {zone} show twice, or never, is not told"
        " apart here; odps.sql.timezone may name another zone"
    )
    turned = f"timezone({job}, timezone({job}, t))"
    return (
        # An instant as clock time, or the other way; a clock time of an hour shown twice does not say which is meant.
        f"mc_turned(t) AS CASE WHEN {turned} <> t THEN {odd} ELSE timezone({job}, t) END",
        "mc_from_unix(n) AS mc_turned(to_timestamp(n))",
        "mc_from_unix_ms(n) AS mc_turned(to_timestamp(n / 1000.0))",
        "mc_utc(t) AS timezone('UTC', mc_turned(CAST(t AS TIMESTAMP)))",
        "mc_to_unix(t) AS CAST(floor(epoch(mc_turned(CAST(t AS TIMESTAMP)))) AS BIGINT)",
        "mc_to_unix_ms(t) AS epoch_ms(mc_turned(CAST(t AS TIMESTAMP)))",
        f"mc_to_wall(t) AS mc_turned(timezone({base}, CAST(t AS TIMESTAMP)))",
        f"mc_to_stored(t) AS timezone({base}, mc_turned(CAST(t AS TIMESTAMP)))",
        f"mc_to_wall_ns(t) AS mc_with_nanos(mc_turned(timezone({base}, mc_micros(t))), t)",
        f"mc_to_stored_ns(t) AS mc_with_nanos(timezone({base}, mc_turned(mc_micros(t))), t)",
        "mc_later(t, span) AS mc_year(date_trunc('millisecond', mc_turned(mc_turned(t) + span)))",
        "mc_later_ns(t, span) AS mc_with_nanos(mc_turned(mc_turned(mc_micros(t)) + span), t)",
        "mc_between_instants(a, b) AS mc_span(epoch_us(mc_turned(a)) - epoch_us(mc_turned(b)))",
        """mc_between_instants_ns(a, b) AS CASE WHEN mc_same_nanos(a, b)
            THEN mc_between_instants(mc_micros(a), mc_micros(b)) END""",
        f"mc_now() AS date_trunc('millisecond', timezone({job}, now()))",
    )


class Macros:
    """The macros of one job, each made when a text first uses it.

    Args:
        connection: the job's connection.
        zone: time zone of the job.
        stored: time zone in which datetime columns are stored.
        prefix: begins the names of this job's Python functions, which all connections of a database share.
        strict: whether text that is no number cannot become one (``odps.function.strictmode``).
        hive: whether the job asked for Hive's meaning where the two differ.
        trimmed: whether the text of a decimal has no zeros at its end.

    Attributes:
        failure: the first error of a Python function; DuckDB only passes on an exception's text.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        zone: str,
        stored: str,
        prefix: str,
        *,
        strict: bool,
        hive: bool,
        trimmed: bool = True,
    ) -> None:
        self.failure = Failure()
        self._connection = connection
        self._prefix = prefix
        texts = (*_MACROS, _number_text(strict), *_edition(hive, trimmed), *_zoned(zone, stored))
        self._texts = {m.partition("(")[0].strip(): m for m in texts}
        self._cast = "TRY_CAST" if hive else "CAST"
        self._bodies = {**_PYTHON, **{name: make() for name, make in STATEFUL.items()}}
        self._made: set[str] = set()

    def watched(self) -> Failure:
        """Where the next errors go; earlier ones are forgotten, as DuckDB may drop those of values computed ahead."""
        self.failure = Failure()
        return self.failure

    def ready(self, sql: str) -> str:
        """Make what a text uses; answers the text with this job's names for Python functions."""
        for used in sorted(set(_NAME.findall(sql)) - self._made):
            self._made.add(used)
            decimal = _AS_DECIMAL.fullmatch(used)
            if decimal:
                made = f"{used}(x) AS {self._cast}(x AS DECIMAL({decimal[1]}, {decimal[2]}))"
                self._connection.execute(f"CREATE OR REPLACE TEMP MACRO {made}").fetchall()
            elif used in self._texts:
                self._connection.execute(f"CREATE OR REPLACE TEMP MACRO {self.ready(self._texts[used])}").fetchall()
            elif used in self._bodies:
                body = self._bodies[used]
                self._connection.create_function(
                    f"{self._prefix}_{used}",
                    self._noted(body.run),
                    None,
                    self._connection.type(types.to_duckdb(body.returns)),
                    type=PythonUDFType.ARROW,
                    null_handling=FunctionNullHandling.SPECIAL,
                    side_effects=body.volatile,
                )
        return _NAME.sub(lambda m: f"{self._prefix}_{m[0]}" if m[0] in self._bodies else m[0], sql)

    def _noted(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*columns: Any) -> Any:
            try:
                return run(*columns)
            except BaseException as error:
                self.failure.note(error)
                raise

        return noted

    def close(self) -> None:
        """Take the Python functions out of the database again."""
        for name in self._made & set(self._bodies):
            self._connection.remove_function(f"{self._prefix}_{name}")
        self._made.clear()
