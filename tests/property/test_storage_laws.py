"""Laws of the hierarchy of storage, whatever Waldur shows."""

from collections import Counter
from itertools import chain

import attrs
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import storage
from tests.strategies.storage import hierarchy

from federation_core.domain.storage.hierarchy import Page, Wanted, matching, sliced
from federation_core.domain.storage.items import Branch, Level, NotShown, grow, project_to_look_up
from federation_core.domain.storage.paths import MountPointSource
from federation_core.domain.storage.quotas import QuotaRules, quotas_from
from federation_core.domain.storage.records import Organisation, Skipped
from federation_core.domain.storage.status import STATES, STATUSES, TERMINATED, shown_state

wishes = st.builds(
    Wanted,
    systems=st.none() | st.frozensets(st.sampled_from(["capstor", "vast", "iopsstor", "tape"])),
    data_type=st.none() | st.sampled_from(["store", "archive", "users", "scratch", "tape", "Store"]),
    status=st.none() | st.sampled_from([*STATUSES.values(), "Active"]),
    state=st.none() | st.sampled_from([*STATES, "Melting"]),
    with_ancestors=st.booleans(),
)


def worlds(draw):
    return hierarchy(*draw(storage.inventories), groups=draw(storage.groups), rules=draw(storage.rules))


hierarchies = st.composite(worlds)()


def keys(items):
    return [item.key for item in items]


def outline(found):
    """All that is shown, as values that can be compared."""
    fields = [field.name for field in attrs.fields(type(found.items[0]))] if found.items else []
    items = [tuple(getattr(item, name) for name in fields) for item in found.items]
    return items, found.skipped, found.conflicts, found.remarks


@given(hierarchies)
def test_every_parent_is_there_when_nothing_is_filtered(found):
    present = set(keys(found.items))
    for item in found.items:
        assert (item.parent_key is None) == (item.level is Level.TENANT)
        assert item.parent_key is None or item.parent_key in present


@given(hierarchies, wishes)
def test_every_parent_is_there_when_it_is_asked_for(found, wanted):
    shown = matching(found, attrs.evolve(wanted, with_ancestors=True))
    present = set(keys(shown))
    assert all(item.parent_key is None or item.parent_key in present for item in shown)


@given(hierarchies, wishes)
def test_ancestors_are_all_that_asking_for_them_adds(found, wanted):
    bare = keys(matching(found, attrs.evolve(wanted, with_ancestors=False)))
    full = matching(found, attrs.evolve(wanted, with_ancestors=True))
    assert [key for key in keys(full) if key in set(bare)] == bare
    parents = {item.parent_key for item in full}
    assert all(item.key in parents and item.level is not Level.LEAF for item in full if item.key not in set(bare))


@given(hierarchies)
def test_items_are_unique_by_id_system_and_data_type(found):
    assert max(Counter(keys(found.items)).values(), default=1) == 1


@given(st.data(), storage.inventories, storage.groups, storage.rules)
def test_the_order_in_which_resources_come_changes_nothing(data, inventory, groups, rules):
    shuffled = data.draw(st.permutations(inventory))
    first, second = (hierarchy(*one, groups=groups, rules=rules) for one in (inventory, shuffled))
    assert outline(first) == outline(second)


@given(hierarchies)
def test_tenants_come_before_customers_and_those_before_leaves(found):
    levels = [list(Level).index(item.level) for item in found.items]
    assert levels == sorted(levels)
    assert [item.order for item in found.items] == [
        order for level in Level for order in sorted(item.order for item in found.items if item.level is level)
    ]


@given(hierarchies, wishes, wishes)
def test_filters_commute_and_narrow(found, one, other):
    one, other = (attrs.evolve(wanted, with_ancestors=False) for wanted in (one, other))

    def through(*wishes):
        items = found.items
        for wanted in wishes:
            items = matching(attrs.evolve(found, items=items), wanted)
        return keys(items)

    assert through(one, other) == through(other, one)
    both = set(through(one)) & set(through(other))
    assert set(through(one, other)) == both
    assert through(one, one) == through(one)


@given(hierarchies, wishes, st.integers(1, 5))
def test_pages_part_what_matches(found, wanted, size):
    items = matching(found, wanted)
    first = Page(1, size, len(items))
    pages = [Page(number, size, len(items)) for number in range(1, first.pages + 1)]
    parts = [sliced(items, page) for page in pages]
    assert list(chain.from_iterable(parts)) == list(items)
    assert all(1 <= len(part) <= size for part in parts)
    assert [page.has_next for page in pages] == [True] * (len(pages) - 1) + [False] * bool(pages)
    beyond = Page(first.pages + 1, size, len(items))
    assert not sliced(items, beyond)
    assert not beyond.has_next


@given(storage.inventories, storage.groups, storage.rules, st.sampled_from(["capstor", "vast", "iopsstor"]))
def test_one_system_is_what_all_show_of_it(inventory, groups, rules, system):
    alone = hierarchy(*(one for one in inventory if one.system == system), groups=groups, rules=rules)
    everything = hierarchy(*inventory, groups=groups, rules=rules)
    found = attrs.evolve(everything, items=matching(everything, Wanted(systems=frozenset({system}))))
    assert outline(found)[0] == outline(alone)[0]


@given(storage.storages(), storage.groups, storage.rules)
def test_growing_twice_gives_the_same(resource, groups, rules):
    first, second = (grow(resource, groups, rules) for _ in range(2))
    assert type(first) is type(second)
    assert outline(hierarchy(resource, groups=groups, rules=rules)) == outline(
        hierarchy(attrs.evolve(resource), groups=groups, rules=rules)
    )


@given(st.data(), storage.storages(), storage.slugs, storage.slugs, storage.slugs)
def test_no_mount_point_leaves_its_place(data, resource, tenant, customer, project):
    changes = {
        name: Organisation(getattr(resource, name).id, slug, "")
        for name, slug in {"tenant": tenant, "customer": customer, "project": project}.items()
    }
    rules = data.draw(storage.rules)
    grown = grow(attrs.evolve(resource, **changes), storage.MOCKING, rules)
    if not isinstance(grown, Branch):
        return
    top, middle, bottom = grown.tenant.mount_point, grown.customer.mount_point, grown.leaf.mount_point
    assert top.startswith(f"/{resource.system}/{grown.leaf.data_type.lower()}/")
    for path in (top, middle, bottom):
        parts = path.split("/")[1:]
        assert all(part.isascii() and part.isprintable() and not part.startswith(".") for part in parts)
        assert not set(path) & set("<>&\"'\\ ")
    assert middle.rpartition("/")[0] == top
    if rules.mount_points is MountPointSource.GENERATED:
        assert bottom.rpartition("/")[0] == middle


@given(storage.limits, storage.options, st.sampled_from([QuotaRules(), QuotaRules(soft=QuotaRules().hard)]))
def test_nothing_soft_is_above_what_is_hard_and_nothing_is_below_zero(limits, options, rules):
    quotas, _ = quotas_from(limits, options, rules)
    if quotas is not None:
        assert 0 <= quotas.space_soft <= quotas.space_hard
        assert 0 <= quotas.inodes_soft <= quotas.inodes_hard


@given(storage.inventories, storage.groups, storage.rules)
def test_what_is_hidden_or_skipped_leaves_no_empty_parents(inventory, groups, rules):
    found = hierarchy(*inventory, groups=groups, rules=rules)
    leaves = {item.id for item in found.items if item.level is Level.LEAF}
    skipped = {one.id for one in found.skipped}
    hidden = {one.id for one in inventory if isinstance(grow(one, groups, rules), NotShown)}
    assert hidden == {one.id for one in inventory if shown_state(one.state, one.order) is None}
    assert leaves | skipped | hidden == {one.id for one in inventory}
    assert len(leaves) + len(skipped) + len(hidden) == len(inventory)
    parents = {item.parent_key for item in found.items}
    assert all(item.key in parents for item in found.items if item.level is not Level.LEAF)


@given(storage.inventories, storage.groups, storage.rules)
def test_a_terminated_resource_never_conflicts(inventory, groups, rules):
    found = hierarchy(*inventory, groups=groups, rules=rules)
    gone = {one.id for one in inventory if one.state == TERMINATED}
    shared = Counter(
        item.mount_point for item in found.items if item.level is Level.LEAF and TERMINATED not in item.states
    )
    assert {conflict.mount_point for conflict in found.conflicts} == {path for path, n in shared.items() if n > 1}
    assert not gone & {id_ for conflict in found.conflicts for id_ in conflict.resources}


@given(storage.storages(), storage.groups, storage.rules)
def test_only_a_group_that_is_asked_for_can_change_what_is_shown(resource, groups, rules):
    asked = project_to_look_up(resource, rules)
    assert asked in {None, resource.project.slug}
    if asked is None:
        ignorant = attrs.evolve(groups, known={})
        shown, unasked = (grow(resource, known, rules) for known in (groups, ignorant))
        assert type(shown) is type(unasked)
        if isinstance(shown, Branch) and isinstance(unasked, Branch):
            assert shown.leaf.target == unasked.leaf.target


@given(storage.storages(), storage.groups, storage.rules)
def test_a_made_up_id_is_marked_and_counted_and_made_up_only_where_that_was_asked_for(resource, groups, rules):
    grown = grow(resource, groups, rules)
    if isinstance(grown, Branch):
        assert (grown.leaf.mocks > 0) == (grown.leaf.target.get("mock") is True)
        assert groups.fallback.value == "mock" or not grown.leaf.mocks
    elif isinstance(grown, Skipped):
        assert groups.fallback.value != "mock" or not grown.lacks_identity
