"""Missing values, and columns scaled to a range or to their deviation."""

from __future__ import annotations

from tests.conformance.model import program

NUMBERED = "PyODPS's pandas backend gives whole numbers with NULLs to functions as floats and refuses its own result"


@program
def dropna(gaps):
    return gaps.dropna()


@program
def dropna_of_all(gaps):
    return gaps.dropna(how="all", subset=["a", "b", "c"])


@program
def dropna_with_a_threshold(gaps):
    return gaps.dropna(thresh=3)


@program
def dropna_of_some_columns(gaps):
    return gaps.dropna(subset=["a"])


@program
def fillna(gaps):
    return gaps["a", "b"].fillna(0.0)


@program
def fillna_of_some_columns(gaps):
    return gaps.fillna(-1, subset=["a", "b"])


@program
def fillna_with_a_mean(gaps):
    return gaps.fillna(gaps.b.mean(), subset=["b"])


@program
def fillna_of_strings(people):
    return people["name", "nickname"].fillna("-", subset=["nickname"])


@program
def fillna_forward(gaps):
    return gaps["who", "a", "b"].fillna(method="ffill", subset=["a", "b"])


@program(
    pandas=NUMBERED,
    expected=[["Ann", 1.0, 2.5, 1], ["Bob", 3.5, 3.5, 2], ["Cid", None, None, None], ["Dan", 4.0, None, 7]],
)
def fillna_backward(gaps):
    return gaps.fillna(method="bfill", subset=["a", "b"])


@program
def ffill(gaps):
    return gaps["a", "b"].ffill()


@program
def bfill(gaps):
    return gaps["a", "b"].bfill()


@program
def min_max_scale(marks):
    return marks.min_max_scale(columns=["score"])


@program
def min_max_scale_everything(marks):
    return marks.min_max_scale()


@program
def min_max_scale_range(marks):
    return marks.min_max_scale(columns=["score", "weight"], feature_range=(-1, 1))


@program
def min_max_scale_preserve(marks):
    return marks.min_max_scale(columns=["score"], preserve=True, suffix="_scaled_to_one")


@program
def min_max_scale_groups(marks):
    return marks.min_max_scale(columns=["score"], group=["subject"])


@program
def std_scale(marks):
    return marks.std_scale(columns=["score"])


@program
def std_scale_without_mean(marks):
    return marks.std_scale(columns=["score"], with_means=False)


@program
def std_scale_without_deviation(marks):
    return marks.std_scale(columns=["score"], with_std=False)


@program
def std_scale_groups(marks):
    return marks.std_scale(columns=["score"], group="subject")


@program
def std_scale_preserve(marks):
    return marks.std_scale(preserve=True)
