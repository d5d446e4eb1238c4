"""Datetimes: parts, formats, differences."""

from datetime import datetime

from odps.df import Scalar, day, hour, millisecond, minute, month, second, year

from tests.conformance.model import program


@program
def parts_of_a_date(moments):
    return moments[moments.at.year.rename("y"), moments.at.month.rename("m"), moments.at.day.rename("d")]


@program
def parts_of_a_time(moments):
    return moments[moments.at.hour.rename("h"), moments.at.minute.rename("m"), moments.at.second.rename("s")]


@program
def weekday(moments):
    return moments[moments.id, moments.at.weekday.rename("weekday"), moments.at.dayofweek.rename("dayofweek")]


@program(pandas="pandas 2 has no Series.dt.weekofyear", expected=[[1, 9], [2, 53], [3, 52], [4, 24], [5, 13]])
def week_of_the_year(moments):
    return moments[moments.id, moments.at.weekofyear.rename("w")]


@program(
    pandas="pandas gives datetime.date objects where PyODPS says datetime",
    expected=[
        [datetime(2020, 2, 29)],
        [datetime(2021, 1, 1)],
        [datetime(2021, 12, 31)],
        [datetime(1999, 6, 15)],
        [datetime(2024, 3, 31)],
    ],
)
def date_of_a_datetime(moments):
    return moments.at.date


@program
def strftime(moments):
    return moments[moments.at.strftime("%Y-%m-%d").rename("day"), moments.at.strftime("%H:%M:%S").rename("time")]


@program
def strftime_with_names(moments):
    return moments[
        moments.at.strftime("%d %b %Y, %a").rename("named"), moments.at.strftime("%j %y %I %p").rename("more")
    ]


@program
def strptime(moments):
    return moments.day.strptime("%Y%m%d")


@program
def strptime_with_time(moments):
    return moments.text.strptime("%Y-%m-%d %H:%M:%S")


@program
def difference_is_milliseconds(moments):
    return moments[moments.id, (moments.until - moments.at).rename("ms")]


@program
def add_days(moments):
    return moments[(moments.at + day(1)).rename("next"), (moments.at - day(3)).rename("before")]


@program
def add_hours_minutes_seconds(moments):
    return moments[
        (moments.at + hour(5)).rename("h"), (moments.at - minute(90)).rename("m"), (moments.at + second(61)).rename("s")
    ]


@program
def add_milliseconds(moments):
    return (moments.at + millisecond(1500)).rename("later")


@program(
    expected=[
        [datetime(2020, 3, 29, 12, 34, 56), datetime(2021, 2, 28, 12, 34, 56)],
        [datetime(2021, 2, 1), datetime(2022, 1, 1)],
        [datetime(2022, 1, 31, 23, 59, 59), datetime(2022, 12, 31, 23, 59, 59)],
        [datetime(1999, 7, 15, 6, 7, 8), datetime(2000, 6, 15, 6, 7, 8)],
        [datetime(2024, 4, 30), datetime(2025, 3, 31)],
    ],
)
def add_months_and_years(moments):
    return moments[(moments.at + month(1)).rename("month"), (moments.at + year(1)).rename("year")]


@program(expected=[[1], [3]], pandas="PyODPS's pandas backend subtracts two datetimes where they are compared")
def compare_two_datetimes(moments):
    return moments[(moments.until > moments.at) & (moments.at.year < 2022) & (moments.at != datetime(2021, 1, 1))][
        ["id"]
    ]


@program
def filter_by_year(people):
    return people[people.joined.year == 2020][["name"]]


@program(
    pandas="PyODPS's pandas backend gives nanoseconds",
    expected=[datetime(2018, 10, 10, 10, 10, 10), datetime(2022, 3, 15, 6, 7, 8)],
)
def earliest_and_latest(people):
    return people.joined.min(), people.joined.max()


@program
def group_by_month(orders):
    return orders.groupby(orders.ordered.month.rename("month")).agg(orders.price.sum().rename("total")).sort("month")


@program
def constant_datetime(moments):
    return moments[moments.id, Scalar(datetime(2020, 1, 1)).rename("start")]


@program(expected=[True] * 5)
def unix_timestamp(moments):
    frame = moments[moments.at, moments.at.unix_timestamp.rename("ts")].execute()
    return [datetime.fromtimestamp(row["ts"]) == row["at"] for row in frame]


@program
def maximum_day(days):
    return days.d.max()


@program
def sort_by_moment(people):
    return people.sort("joined", ascending=False)[["name", "joined"]].head(3)


_NANOSECONDS = "pandas counts nanoseconds, which end in 2262"


@program(pandas=_NANOSECONDS, expected=[[2]])
def never_ending(contracts):
    return contracts[contracts.ends == datetime(9999, 12, 31)][["id"]]


@program(pandas=_NANOSECONDS, expected=[[2, 9999, 12, "9999-12-31"], [3, 2300, 1, "2300-01-01"]])
def parts_of_far_days(contracts):
    far = contracts[contracts.ends > datetime(2100, 1, 1)]
    return far[far.id, far.ends.year.rename("y"), far.ends.month.rename("m"), far.ends.strftime("%Y-%m-%d").rename("s")]


@program(pandas=_NANOSECONDS, expected=[[2], [3], [1]], ordered=True)
def sorted_from_far(contracts):
    return contracts.sort("ends", ascending=False)[["id"]]


@program(pandas=_NANOSECONDS, expected=datetime(9999, 12, 31))
def last_of_all(contracts):
    return contracts.ends.max()


@program(
    pandas=_NANOSECONDS,
    expected=[[1, "2024-01-31 00:00:00"], [2, "9999-12-31 00:00:00"], [3, "2300-01-01 00:00:01"]],
)
def far_days_as_text(contracts):
    return contracts[contracts.id, contracts.ends.astype("string").rename("s")]


@program(pandas=_NANOSECONDS, expected=[[1, 2024], [2, 9999], [3, 2300]])
def far_days_in_a_function(contracts):
    return contracts[contracts.id, contracts.ends.map(lambda moment: moment.year, "int").rename("y")]
