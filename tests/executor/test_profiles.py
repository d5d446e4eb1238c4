"""Which executor a job gets."""

from __future__ import annotations

import pytest

from odps_jupyter.executor.profiles import UnknownProfile, profile_for


def test_the_service_runs_python_2_unless_told() -> None:
    profile = profile_for(None, None, None)
    assert (profile.name, profile.python, profile.is_runtime) == ("cp27", (2, 7), True)


@pytest.mark.parametrize(("tag", "python"), [("cp27", (2, 7)), ("cp37", (3, 7)), ("cp311", (3, 11))])
def test_a_tag_names_a_runtime_with_numpy(tag: str, python: tuple[int, int]) -> None:
    profile = profile_for(tag, None, (3, 11))
    assert (profile.python, profile.packages, profile.is_runtime) == (python, ("numpy",), True)


def test_images_change_the_packages() -> None:
    assert profile_for("cp311", "bare", None).packages == ()
    assert {"numpy", "pandas"} <= set(profile_for("cp311", "common", None).packages)


def test_a_client_too_new_for_every_runtime_runs_on_its_own_python() -> None:
    profile = profile_for("cp311", None, (3, 12))
    assert (profile.name, profile.python, profile.is_runtime) == ("local", (3, 12), False)


@pytest.mark.parametrize(("tag", "image", "said"), [("cp36", None, "'cp36'"), ("cp311", "nowhere", "'nowhere'")])
def test_what_does_not_exist_is_refused_by_name(tag: str, image: str | None, said: str) -> None:
    with pytest.raises(UnknownProfile, match=said):
        profile_for(tag, image, None)
