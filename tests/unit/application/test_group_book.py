"""Groups that are asked for in parts, side by side."""

import pytest
from tests.fakes.storage import Seconds

from federation_adapters.local.pool import ThreadPool
from federation_core.application.storage_tree import CHUNK, GroupBook, StorageSettings
from federation_core.domain.errors import RuleError, ServerFault
from federation_core.domain.ids import Side
from federation_core.domain.storage.items import StorageRules

SLUGS = [f"p{number:03}" for number in range(2 * CHUNK + 50)]
PARTS = [SLUGS[:CHUNK], SLUGS[CHUNK : 2 * CHUNK], SLUGS[2 * CHUNK :]]


class Groups:
    """Knows all, and fails where it is asked for a slug of *troubles*."""

    def __init__(self):
        self.asked, self.troubles = [], {}

    def look_up(self, slugs):
        self.asked.append(list(slugs))
        for slug in slugs:
            if slug in self.troubles:
                raise self.troubles[slug]
        return {slug: 30_000 + int(slug[1:]) for slug in slugs}


@pytest.fixture
def groups():
    return Groups()


@pytest.fixture
def book(groups):
    pool = ThreadPool(3)
    yield GroupBook(groups, StorageSettings(StorageRules("https://a.example/api")), Seconds(), pool)
    pool.close()


def test_each_slug_is_asked_for_in_one_part(groups, book):
    assert set(book.look_up(SLUGS).known) == set(SLUGS)
    assert sorted(groups.asked) == PARTS
    assert (book.trouble, book.asked) == (None, len(SLUGS))


def test_a_part_that_fails_is_trouble_and_asked_for_again_alone(groups, book):
    groups.troubles[SLUGS[CHUNK]] = ServerFault(Side.B, "groups.read")
    assert set(book.look_up(SLUGS).known) == {*PARTS[0], *PARTS[2]}
    assert str(book.trouble) == "B groups.read failed on the server"
    assert not book.is_settled(SLUGS)
    groups.asked, groups.troubles = [], {}
    assert set(book.look_up(SLUGS).known) == set(SLUGS)
    assert groups.asked == [PARTS[1]]
    assert str(book.trouble) == "None"
    assert book.asked == len(SLUGS) + CHUNK


def test_what_is_no_trouble_of_the_service_is_raised(groups, book):
    groups.troubles[SLUGS[0]] = RuleError("a bug")
    with pytest.raises(RuleError):
        book.look_up(SLUGS)
