"""What captured values weigh."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from odps.config import option_context

from odps_jupyter.workflow.captures import TooLarge, weigh
from odps_jupyter.workflow.session import Session


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


def test_what_is_too_large_for_pyodps_is_said_before_it_is_sent(session: Session, iris: Any) -> None:
    weights = np.zeros(1 << 18)

    class Weigh:
        def __init__(self) -> None:
            self.weights = weights

        def __call__(self, x: float) -> float:
            return x + float(self.weights[0])

    by = 2.0
    for function, holder in [(Weigh(), "Weigh"), (lambda x: x + weights[0] * by, "lambda")]:
        with option_context() as options:
            options.resource_chunk_size = 1 << 20
            total = iris.sepal_length.map(function).sum()
            with pytest.raises(TooLarge) as caught:
                total.execute()
        said = str(caught.value)
        assert said.startswith(
            f"{holder} is too large to be sent: weights (ndarray, more than 1 MiB) makes it 2.9 MB of"
        )
        assert "PyODPS sends at most 1 MiB with a function. Nothing was sent." in said
        assert "resources=[...]" in (caught.value.hint or "")
    assert not session.shipments
