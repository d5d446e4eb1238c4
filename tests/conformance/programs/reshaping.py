"""Pivot, pivot tables, melt, columns of keys and values."""

from __future__ import annotations

from tests.conformance.model import program


def by_name(pivoted):
    """A pivot's new columns stand in no order on the service."""
    frame = pivoted.execute().to_pandas().infer_objects()
    return frame[sorted(frame.columns)]


def spread():
    class Spread:
        """A class made in a function travels by value."""

        def buffer(self):
            return [None, None]

        def __call__(self, buffer, value):
            buffer[0] = value if buffer[0] is None else min(buffer[0], value)
            buffer[1] = value if buffer[1] is None else max(buffer[1], value)

        def merge(self, buffer, other):
            if other[0] is not None:
                self(buffer, other[0])
                self(buffer, other[1])

        def getvalue(self, buffer):
            return None if buffer[0] is None else buffer[1] - buffer[0]

    return Spread


@program
def pivot(marks):
    return by_name(marks.pivot(rows="who", columns="subject", values="score"))


@program(
    pandas="PyODPS's pandas backend names the columns the other way round: art_score",
    expected=[[1.5, 2.0, 1.0, 2.0, "Ann"], [3.0, 4.5, 3.0, 1.0, "Bob"], [0.5, None, 5.0, None, "Cid"]],
)
def pivot_every_value(marks):
    frame = by_name(marks.pivot(rows="who", columns="subject"))
    return frame[["score_art", "score_law", "weight_art", "weight_law", "who"]].astype(
        {"weight_art": float, "weight_law": float}
    )


@program
def pivot_two_rows(marks):
    return by_name(marks.pivot(rows=["who", "weight"], columns="subject", values="score"))


@program
def pivot_then_compute(marks):
    pivoted = marks.pivot(rows="who", columns="subject", values="score")
    return pivoted[pivoted.who, (pivoted["art"].astype("float") * 2).rename("twice")]


@program
def pivot_then_filter(marks):
    pivoted = marks.pivot(rows="who", columns="subject", values="score")
    pivoted.execute()
    return pivoted[pivoted.law > 2]["who",]


@program
def pivot_table(marks):
    return marks.pivot_table(rows="subject", values="score")


@program
def pivot_table_of_columns(marks):
    return by_name(marks.pivot_table(rows="who", columns="subject", values="score"))


@program
def pivot_table_of_everything(marks):
    return marks["who", "score", "weight"].pivot_table(rows="who", aggfunc="sum")


@program
def pivot_table_several_aggregates(marks):
    return marks.pivot_table(rows="who", values=["score", "weight"], aggfunc=["mean", "sum", "max"])


@program
def pivot_table_several_rows(marks):
    return marks.pivot_table(rows=["who", "subject"], values="weight", aggfunc="sum")


@program
def pivot_table_fill_value(marks):
    return by_name(marks.pivot_table(rows="who", columns="subject", values="score", fill_value=0))


@program
def pivot_table_several_aggregates_of_columns(marks):
    return by_name(
        marks.pivot_table(
            rows="who", columns="subject", values=["score", "weight"], aggfunc=["mean", "max"], fill_value=-1
        )
    )


@program
def pivot_table_named_aggregates(marks):
    return marks.pivot_table(rows="who", values="score", aggfunc={"average": "mean", "best": "max"})


@program
def pivot_table_count(marks):
    return marks.pivot_table(rows="subject", values="who", aggfunc="count")


@program
def pivot_table_expression(marks):
    return marks.pivot_table(rows="subject", values="score", aggfunc="quantile(0.5)")


@program
def pivot_table_own_aggregate(marks):
    return marks.pivot_table(rows="subject", values="score", aggfunc=spread())


@program
def pivot_table_own_aggregate_of_columns(marks):
    return by_name(marks.pivot_table(rows="subject", columns="who", values="score", aggfunc=spread()))


@program
def pivot_table_then_filter(marks):
    table = marks.pivot_table(rows="who", columns="subject", values="score")
    return table[table["art_score_mean"].astype("float") > 1]["who",]


@program
def melt(gaps):
    return gaps.melt(id_vars="who")


@program
def melt_named(gaps):
    return gaps.melt(id_vars=["who"], value_vars=["a", "c"], var_name="key", value_name="number")


@program
def melt_without_ids(gaps):
    return gaps["a", "b"].melt()


@program(
    pandas="PyODPS's pandas backend has NaN where the service has NULL, and only NULLs are left out",
    expected=[["Ann", "a", 1.0], ["Ann", "b", 2.5], ["Bob", "b", 3.5], ["Dan", "a", 4.0]],
)
def melt_without_nulls(gaps):
    return gaps["who", "a", "b"].melt(id_vars="who", ignore_nan=True)


@program
def extract_kv(texts):
    return texts["id", "pairs"].extract_kv(columns=["pairs"], kv_delim="=")


@program
def extract_kv_whole_numbers(texts):
    return texts["id", "pairs"].extract_kv(columns="pairs", kv_delim="=", dtype="int", fill_value=0)


@program
def extract_kv_strings(texts):
    return texts["id", "pairs"].extract_kv(columns="pairs", kv_delim="=", dtype="string")


@program
def extract_kv_two_columns(texts):
    other = texts[texts.id, texts.pairs.rename("one"), texts.pairs.replace(",", ";", regex=False).rename("two")]
    other = other[other.id, other.one, other.two.replace(";", ",", regex=False)]
    return other.extract_kv(columns=["one", "two"], kv_delim="=", fill_value=0)


@program
def extract_kv_then_compute(texts):
    extracted = texts["id", "pairs"].extract_kv(columns=["pairs"], kv_delim="=", fill_value=0)
    total = extracted["pairs_a"].astype("float") + extracted["pairs_b"].astype("float")
    return extracted[extracted.id, total.rename("total")]


@program
def to_kv(gaps):
    return gaps.to_kv(columns=["a", "b"])


@program
def to_kv_named(gaps):
    return gaps.to_kv(columns=["a", "b"], kv_delim="=", item_delim=";", kv_name="pairs")
