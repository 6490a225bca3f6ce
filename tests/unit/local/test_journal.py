from concurrent.futures import ThreadPoolExecutor

from tests.strategies.builders import a_order_id

from federation_adapters.local.journal import MemoryJournal, NullJournal
from federation_core.domain.plan.actions.orders import ApproveOrder
from federation_core.ports.journal import Entry


def entry(number):
    return Entry(ApproveOrder(a_order_id(number)))


def test_the_memory_journal_keeps_entries_in_the_order_they_were_noted():
    journal = MemoryJournal()
    journal.note(entry(2))
    journal.note(Entry(entry(1).action, "too late"))
    assert journal.entries() == (entry(2), Entry(entry(1).action, "too late"))


def test_what_was_handed_out_does_not_grow_afterwards():
    journal = MemoryJournal()
    journal.note(entry(1))
    seen = journal.entries()
    journal.note(entry(2))
    assert len(seen) == 1
    assert len(journal.entries()) == 2


def test_the_memory_journal_loses_nothing_between_threads():
    journal = MemoryJournal()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: journal.note(entry(number)), range(200)))
    assert set(journal.entries()) == {entry(number) for number in range(200)}


def test_the_null_journal_keeps_nothing_of_what_it_is_told():
    journal = NullJournal()
    journal.note(entry(1))
    assert vars(journal) == {}
