"""Checks of each marketplace as such: whether it answers, who the token is, what the server can do, what time it is there."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from federation_core.domain.errors import NotFound, PlaneError, Unauthorised
from federation_core.domain.health.seen import PeerSeen, Seen, each
from federation_core.domain.health.table import Hit, Severity, check, hit, on_both_sides
from federation_core.domain.observed import Incomplete

AT_ONCE = timedelta(0)
SOON = timedelta(days=14)
"""A token that ends within this time is told."""


@on_both_sides(
    "certificate",
    Severity.WARNING,
    cause="{side}'s certificate is not checked, so whoever stands between can read the token",
    fix="remove the key, or name the authority's certificate in a CA file",
)
def _certificate(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The server's certificate is checked."""
    if not peer.verifies:
        yield hit(peer.verify_key, side=str(peer.side))


@on_both_sides(
    "answers",
    Severity.ERROR,
    cause="{error}",
    fix="check the address, the network and the proxy, and that a Waldur answers there",
)
def _answers(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The server answers, and as a Waldur does."""
    if isinstance(peer.standing, PlaneError) and not isinstance(peer.standing, Unauthorised):
        yield hit(peer.url_key, error=in_words(peer.standing))


@on_both_sides(
    "token",
    Severity.ERROR,
    needs=["answers"],
    cause="{error}",
    fix="write a token of {side} that is valid: it is mistyped, has expired, is another server's, or its user is deactivated",
)
def _token(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The token is accepted."""
    if isinstance(peer.standing, Unauthorised):
        yield hit(peer.token_key, error=in_words(peer.standing), side=str(peer.side))


@on_both_sides(
    "token-end",
    Severity.WARNING,
    needs=["token"],
    cause="the token of {side} ends on {end}",
    fix="make one with a later end, or with none, before that day",
)
def _token_end(peer: PeerSeen, seen: Seen) -> Iterator[Hit]:
    """The token is valid for two weeks at least."""
    for standing in each(peer.standing):
        end = standing.token_expires_at
        if end is not None and end - seen.now - (peer.ahead or AT_ONCE) < SOON:
            yield hit(peer.token_key, side=str(peer.side), end=f"{end:%Y-%m-%d %H:%M %Z}")


@on_both_sides(
    "staff",
    Severity.WARNING,
    needs=["token"],
    cause="the token of {side} is one of staff, who may do everything",
    fix="use a service account with the roles that are needed and no others",
)
def _staff(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The token is not one of staff."""
    for standing in each(peer.standing):
        if standing.is_staff:
            yield hit(peer.token_key, side=str(peer.side))


@on_both_sides(
    "reads",
    Severity.ERROR,
    needs=["token"],
    cause="{error}",
    fix="try again; if it stays, show it to the operator of {side}: what depends on it was not checked",
)
def _reads(peer: PeerSeen, seen: Seen) -> Iterator[Hit]:
    """Everything that the other checks look at could be read."""
    alike: dict[tuple[type, int | None], list[PlaneError]] = defaultdict(list)
    for reading in seen.readings(peer.side):
        if isinstance(reading, PlaneError) and not isinstance(reading, NotFound):
            alike[type(reading), reading.status].append(reading)
    for errors in alike.values():
        where = ", ".join(dict.fromkeys(error.operation for error in errors))
        yield hit(f"{peer.side} {where}", error=in_words(errors[0]), side=str(peer.side))


@on_both_sides(
    "paging",
    Severity.ERROR,
    needs=["reads"],
    cause="lists of {side} cannot be proven complete: {flaw}",
    fix="let proxies pass X-Result-Count, Link and the query on; without proof nothing is concluded from what is not listed",
)
def _paging(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """Lists say how many rows there are, and come in pages of the size asked for."""
    for pages in each(peer.pages):
        for page in pages:
            flaw = ""
            if page.counted is None:
                flaw = "the answers do not say how many rows there are (X-Result-Count)"
            elif page.rows > page.asked:
                flaw = f"{page.rows} rows came where {page.asked} were asked for"
            elif page.has_next is (page.counted <= page.rows):
                flaw = f"{page.rows} of {page.counted} rows came, and the answer names {'a' if page.has_next else 'no'} next page"
            if flaw:
                yield hit(peer.url_key, side=str(peer.side), flaw=flaw)
                return


@on_both_sides(
    "page-size",
    Severity.NOTE,
    needs=["paging"],
    cause="{side} gives {rows} rows a page where {asked} were asked for, so each list costs more requests",
    fix="nothing has to be done; its operator may allow larger pages",
)
def _page_size(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """Pages are as large as asked for."""
    for pages in each(peer.pages):
        for page in pages:
            if page.has_next and page.rows < page.asked:
                yield hit(peer.url_key, side=str(peer.side), rows=str(page.rows), asked=str(page.asked))


@on_both_sides(
    "lists",
    Severity.ERROR,
    needs=["paging"],
    cause="a list could not be read completely: {reason}",
    fix="try again; if it stays, show it to the operator of {side}: until then nothing counts as absent there",
)
def _lists(peer: PeerSeen, seen: Seen) -> Iterator[Hit]:
    """Every list was read completely."""
    for reading in seen.readings(peer.side):
        if isinstance(reading, Incomplete):
            yield hit(f"{peer.side} lists", reason=reading.reason, side=str(peer.side))
            return


@on_both_sides(
    "features",
    Severity.WARNING,
    needs=["reads"],
    cause="{side} ({version}) lacks the calls for: {missing}",
    fix="these stay undone until {side} runs a newer release; everything else works",
)
def _features(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The server has every call that the settings ask for."""
    version = next(each(peer.version), "") or "it does not tell its version"
    for lacks in each(peer.lacks):
        if lacks:
            missing = ", ".join(sorted(feature.value for feature in lacks))
            yield hit(peer.url_key, side=str(peer.side), version=version, missing=missing)


@check(
    "clocks",
    Severity.ERROR,
    needs=["a-token", "b-token"],
    cause="the clocks of A and B are {apart} s apart; {culprit}",
    fix="have that clock set by NTP: times of one side are compared with times of the other",
)
def clocks(seen: Seen) -> Iterator[Hit]:
    """The clocks of A and B agree within the margin that comparisons allow."""
    aheads = {peer.side: peer.ahead for peer in (seen.a, seen.b) if peer.ahead is not None}
    apart = max(aheads.values(), default=AT_ONCE) - min(aheads.values(), default=AT_ONCE)
    if apart > seen.wishes.skew:
        wrong = [side for side, ahead in aheads.items() if abs(ahead) > apart / 2]
        culprit = (
            f"by this machine's, {wrong[0]}'s is wrong" if len(wrong) == 1 else "this machine's agrees with neither"
        )
        yield hit("A and B", apart=f"{apart.total_seconds():.0f}", culprit=culprit)


@check(
    "own-clock",
    Severity.WARNING,
    needs=["clocks"],
    cause="this machine's clock is {apart} s away from those of A and B, which agree",
    fix="have it set by NTP: certificates and the times of tokens are judged by it",
)
def own_clock(seen: Seen) -> Iterator[Hit]:
    """Our own clock agrees with those of A and B."""
    apart = min((abs(peer.ahead) for peer in (seen.a, seen.b) if peer.ahead is not None), default=AT_ONCE)
    if apart > seen.wishes.skew:
        yield hit("this machine", apart=f"{apart.total_seconds():.0f}")


def in_words(error: PlaneError) -> str:
    """The error in one line, without the advice: a finding has its own."""
    return str(error).removesuffix(f"; {error.advice}") if error.advice else str(error)


PEERS = tuple(
    one
    for pair in (
        _certificate,
        _answers,
        _token,
        _token_end,
        _staff,
        _reads,
        _paging,
        _page_size,
        _lists,
        _features,
    )
    for one in pair
)
