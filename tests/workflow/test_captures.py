"""What captured values weigh."""

from __future__ import annotations

import threading

import numpy as np

from odps_jupyter.workflow.captures import weigh


def test_a_small_value_has_its_type_and_a_size() -> None:
    capture = weigh("coeffs", [0.1, 0.2, 0.4])
    assert (capture.name, capture.type, capture.more, capture.refused) == ("coeffs", "list", False, None)
    assert capture.size is not None
    assert 27 <= capture.size < 100


def test_an_array_weighs_its_data() -> None:
    size = weigh("weights", np.zeros(100_000)).size
    assert size is not None
    assert 800_000 <= size < 801_000


def test_counting_ends() -> None:
    capture = weigh("big", [bytes(1000)] + [str(i) * 100 for i in range(1000)], most=10_000)
    assert capture.more
    assert capture.size is not None


def test_what_cannot_travel_says_why() -> None:
    capture = weigh("lock", threading.Lock())
    assert capture.size is None
    assert capture.refused is not None
    assert "lock" in capture.refused


def test_a_class_that_fails_to_pickle_is_an_answer() -> None:
    class Stubborn:
        def __reduce__(self) -> str:
            raise RuntimeError("not\nme")

    assert weigh("stubborn", Stubborn()).refused == "RuntimeError: not"
