"""Which executor a job gets."""

from __future__ import annotations

import pytest

from odps_jupyter.executor.images import IMAGES, PLAIN
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
    common = profile_for("cp311", "common", None)
    assert {"numpy", "pandas"} <= set(common.packages)
    assert {"numpy==1.26.4", "pandas==2.2.2"} <= set(common.requirements)
    assert common.pinned
    assert not profile_for("cp311", None, None).pinned


def test_every_image_names_exact_versions_and_no_distribution_twice() -> None:
    images = [image for tags in (*IMAGES.values(), PLAIN) for image in tags.values()]
    for image in images:
        names = [requirement.split("==")[0] for requirement in image.requirements]
        assert all(requirement.count("==") == 1 for requirement in image.requirements)
        assert len(set(names)) == len(names)
        assert len(set(image.packages)) == len(image.packages)
        assert bool(image.packages) == bool(names)


def test_a_client_too_new_for_every_runtime_runs_on_its_own_python() -> None:
    profile = profile_for("cp311", None, (3, 12))
    assert (profile.name, profile.python, profile.is_runtime) == ("local", (3, 12), False)


@pytest.mark.parametrize(
    ("tag", "image", "said"),
    [
        ("cp36", None, "'cp36'"),
        ("cp311", "nowhere", "'nowhere'"),
        ("cp27", "common", "no Python of the tag cp27"),
        ("cp311", "pytorch", "run this job on a project"),
    ],
)
def test_what_does_not_exist_is_refused_by_name(tag: str, image: str | None, said: str) -> None:
    with pytest.raises(UnknownProfile, match=said):
        profile_for(tag, image, None)
