"""Checks of each marketplace as such: whether it answers, who the token is, what the server can do, what time it is there."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import islice

from federation_core.domain.errors import PlaneError, Refused, Unauthorised
from federation_core.domain.health.seen import Page, PeerSeen, Seen, each
from federation_core.domain.health.table import Hit, Severity, check, hit, on_both_sides

AT_ONCE = timedelta(0)
SOON = timedelta(days=14)
"""A token that ends within this time is told."""


@on_both_sides(
    "certificate",
    Severity.WARNING,
    cause="{side}'s certificate is not checked, so whoever stands between can read the token",
    fix="remove {key}; a certificate of your own authority can be named in a CA file instead",
)
def _certificate(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The server's certificate is checked."""
    if not peer.verifies:
        yield hit(peer.verify_key, side=str(peer.side), key=peer.verify_key.rpartition(".")[2])


@on_both_sides(
    "answers",
    Severity.ERROR,
    cause="{server} does not answer as a Waldur does: {error}",
    fix="check the address, the network and the proxy, and that a Waldur is there",
)
def _answers(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The server answers, and as a Waldur does."""
    if isinstance(peer.standing, PlaneError) and not isinstance(peer.standing, Unauthorised):
        yield hit(peer.url_key, server=_server(peer.standing), error=in_words(peer.standing))


@on_both_sides(
    "token",
    Severity.ERROR,
    needs=["answers"],
    cause="{server} does not accept the token: {words}",
    fix="write one that is valid: this one is mistyped, has expired, is another server's, or its user is deactivated",
)
def _token(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The token is accepted."""
    if isinstance(peer.standing, Unauthorised):
        yield hit(peer.token_key, server=_server(peer.standing), words=peer.standing.detail)


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
    cause="{side} did not tell everything: {error}",
    fix="try again; if it stays, show it to the operator of {side}: what depends on it was not checked",
)
def _reads(peer: PeerSeen, seen: Seen) -> Iterator[Hit]:
    """Everything that the other checks look at could be read."""
    alike: dict[tuple[type, int | None], list[PlaneError]] = defaultdict(list)
    for error in seen.failures(peer.side):
        alike[type(error), error.status].append(error)
    for errors in alike.values():
        where = ", ".join(dict.fromkeys(error.operation for error in errors))
        yield hit(f"{peer.side} {where}", error=in_words(errors[0]), side=str(peer.side))


@on_both_sides(
    "roles-told",
    Severity.WARNING,
    needs=["reads"],
    cause="{side} does not tell what its roles permit, so what the token may do was not checked: {error}",
    fix="compare the roles of the token's user with those the manual asks for",
)
def _roles_told(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """The server tells what its roles permit."""
    if isinstance(peer.roles, Refused):
        yield hit(peer.token_key, side=str(peer.side), error=in_words(peer.roles))


@on_both_sides(
    "paging",
    Severity.ERROR,
    needs=["reads"],
    cause="lists of {side} cannot be proven complete: {flaw}",
    fix="let proxies pass X-Result-Count, Link and the query on; without proof nothing is concluded from what is not listed",
)
def _paging(peer: PeerSeen, _seen: Seen) -> Iterator[Hit]:
    """Lists say how many rows there are, and come in pages of the size asked for."""
    flaws = (flaw for pages in each(peer.pages) for flaw in map(_flaw, pages) if flaw)
    for flaw in islice(flaws, 1):
        yield hit(peer.url_key, side=str(peer.side), flaw=flaw)


def _flaw(page: Page) -> str:
    if page.counted is None:
        return "the answers do not say how many rows there are (X-Result-Count)"
    if page.rows > page.asked:
        return f"{page.rows} rows came where {page.asked} were asked for"
    if page.has_next is (page.counted <= page.rows):
        return (
            f"{page.rows} of {page.counted} rows came, and the answer names {'a' if page.has_next else 'no'} next page"
        )
    return ""


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
    for reason in islice(seen.gaps(peer.side), 1):
        yield hit(f"{peer.side} lists", reason=reason, side=str(peer.side))


@check(
    "a-features",
    Severity.WARNING,
    needs=["a-reads"],
    cause="A ({version}) lacks the calls for: {missing}",
    fix="these stay undone until A runs a newer release; everything else works",
)
def features(seen: Seen) -> Iterator[Hit]:
    """A has every call that the settings ask for."""
    version = next(each(seen.a.version), "") or "it does not tell its release"
    for lacks in each(seen.lacks):
        if lacks:
            yield hit(seen.a.url_key, version=version, missing=", ".join(sorted(feature.value for feature in lacks)))


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
    """The error in one line, without the server and without advice: a finding has its own."""
    status = f" ({error.status})" if error.status is not None else ""
    return f"{error.operation} {error.verdict}{status}" + (f": {error.detail}" if error.detail else "")


def _server(error: PlaneError) -> str:
    return f"{error.side} at {error.host}" if error.host else str(error.side)


PEERS = tuple(
    one
    for pair in (
        _certificate,
        _answers,
        _token,
        _token_end,
        _staff,
        _reads,
        _roles_told,
        _paging,
        _page_size,
        _lists,
    )
    for one in pair
)
