"""What is installed beside us, as the metadata of installations tell it."""

import pytest

from federation_adapters.local.packages import InstalledPackages
from federation_core.domain.health.seen import Neighbour

BACKENDS, NAMES = "waldur_site_agent.backends", "waldur_site_agent.username_management_backends"
OFFICIAL = {BACKENDS: ["waldur"], NAMES: ["waldur-identity-bridge"]}


@pytest.fixture
def install(tmp_path):
    """Puts the metadata of a distribution where it is found; *name* None for a broken one."""

    def installing(name, entries=None, version="1.0.7", folder="site"):
        home = tmp_path / folder / f"{(name or 'broken').replace('-', '_')}-{version}.dist-info"
        home.mkdir(parents=True)
        head = "" if name is None else f"Name: {name}\n"
        (home / "METADATA").write_text(f"Metadata-Version: 2.1\n{head}Version: {version}\n")
        groups = [
            f"[{group}]\n" + "".join(f"{one} = a.b:C\n" for one in names) for group, names in (entries or {}).items()
        ]
        (home / "entry_points.txt").write_text("\n".join(groups))
        return str(home.parent)

    return installing


def test_nothing_but_us_has_no_neighbours(install):
    assert InstalledPackages([install("waldur-federation", OFFICIAL)]).neighbours() == ()


def test_names_that_both_register_for_one_purpose_are_shared(install):
    install("waldur-federation", OFFICIAL)
    found = InstalledPackages(
        [install("Waldur_Site.Agent-waldur", {**OFFICIAL, "console_scripts": ["x"]})]
    ).neighbours()
    names = frozenset({"waldur", "waldur-identity-bridge"})
    assert found == (Neighbour("waldur-site-agent-waldur", "1.0.7", names, names),)


def test_one_name_for_two_purposes_is_not_shared(install):
    install("waldur-federation", {BACKENDS: ["waldur"]})
    (found,) = InstalledPackages([install("other", {NAMES: ["waldur"]})]).neighbours()
    assert found == Neighbour("other", "1.0.7", frozenset({"waldur"}))


def test_where_we_register_nothing_nothing_is_shared(install):
    install("waldur-federation")
    (found,) = InstalledPackages([install("waldur-site-agent-waldur", OFFICIAL)]).neighbours()
    assert found.shared == frozenset()


def test_where_our_own_metadata_are_missing_nothing_is_shared(install):
    (found,) = InstalledPackages([install("waldur-site-agent-waldur", OFFICIAL)]).neighbours()
    assert found.shared == frozenset()


def test_of_two_copies_the_one_that_is_imported_counts(install):
    first = install("other", version="2", folder="first")
    second = install("other", version="1", folder="second")
    assert [one.version for one in InstalledPackages([first, second]).neighbours()] == ["2"]


def test_a_broken_installation_is_passed_over(install):
    assert InstalledPackages([install(None)]).neighbours() == ()


def test_without_folders_this_environment_is_looked_at():
    names = {one.name for one in InstalledPackages().neighbours()}
    assert {"pytest", "attrs"} <= names
    assert "waldur-federation" not in names
