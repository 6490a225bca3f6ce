"""Checks of a warehouse that meters an offering, and of what it shows of the offering's resources."""

from collections.abc import Iterator

from federation_core.domain.errors import (
    Forbidden,
    NotFound,
    PlaneError,
    Throttled,
    Transient,
    Unauthorised,
    Unsupported,
)
from federation_core.domain.health.peers import in_words
from federation_core.domain.health.seen import MetersSeen, Seen, each
from federation_core.domain.health.table import Hit, Severity, check, hit
from federation_core.domain.metering.figures import MonthRead
from federation_core.domain.metering.meters import AccountMeter, Meter, PathMeter

_BACKEND = "backend_settings"


@check(
    "warehouse-answers",
    Severity.ERROR,
    cause="the warehouse cannot be asked: {error}",
    fix="{fix}",
)
def _answers(seen: Seen) -> Iterator[Hit]:
    """The identity provider gives a token, and the warehouse answers with it as it is known to."""
    for meters in _meters(seen):
        if isinstance(meters.ping, PlaneError):
            where, fix = _remedy(meters.ping)
            yield hit(f"{_BACKEND}.{where}", error=in_words(meters.ping), fix=fix)


@check(
    "warehouse-reads",
    Severity.ERROR,
    needs=["warehouse-answers"],
    cause="{what}: {reason}",
    fix="try again; if it stays, show it to the operator of the warehouse: nothing is told of these until then",
)
def _reads(seen: Seen) -> Iterator[Hit]:
    """Figures of the present month could be read."""
    for meters in _meters(seen):
        if isinstance(meters.read, PlaneError):
            yield hit(f"figures of {meters.month}", what="they could not be read", reason=in_words(meters.read))
        for read in each(meters.read):
            for meter, why in read.failed.items():
                yield hit(str(meter), what=f"its figures of {meters.month} are not known", reason=why)


@check(
    "meters-known",
    Severity.ERROR,
    needs=["a-lists"],
    cause="the usage of {name} is not told: {why}",
    fix="write its path into storage_path_mapping, or correct what A has as its backend_id or effective id",
)
def _known(seen: Seen) -> Iterator[Hit]:
    """For every resource of A it is known what meters it."""
    for meters in _meters(seen):
        for resource, why in meters.book.unmetered.items():
            yield hit(f"resource {resource}", name=meters.names[resource], why=why)


@check(
    "meters-contested",
    Severity.ERROR,
    needs=["a-lists"],
    cause="{names} are all metered by {meter}, whose usage cannot be told apart, so none of them is told of",
    fix="correct what A has as their backend_id, so that each has an account of its own",
)
def _contested(seen: Seen) -> Iterator[Hit]:
    """Every account meters one resource."""
    for meters in _meters(seen):
        for meter in meters.book.shared:
            if isinstance(meter, AccountMeter):
                yield hit(str(meter), names=_owners(meters, meter), meter=str(meter))


@check(
    "meters-shared",
    Severity.NOTE,
    needs=["a-lists"],
    cause="{names} all have {meter}, and each is told all that it holds",
    fix="nothing, if that is meant; else give each a path of its own",
)
def _shared(seen: Seen) -> Iterator[Hit]:
    """Every path meters one resource."""
    for meters in _meters(seen):
        for meter in meters.book.shared:
            if isinstance(meter, PathMeter):
                yield hit(str(meter), names=_owners(meters, meter), meter=str(meter))


@check(
    "meters-shown",
    Severity.WARNING,
    needs=["a-lists", "warehouse-reads"],
    cause="the warehouse shows nothing of {meter} in {month}, which meters {names}",
    fix="{fix}",
)
def _shown(seen: Seen) -> Iterator[Hit]:
    """The warehouse shows something of every resource in the present month."""
    for meters in _meters(seen):
        for read in each(meters.read):
            for meter in dict.fromkeys(meters.book.meters.values()):
                if meter not in read.figures:
                    yield hit(
                        str(meter),
                        meter=str(meter),
                        month=str(meters.month),
                        names=_owners(meters, meter),
                        fix=_fix(meter, read),
                    )


METERS = (_answers, _reads, _known, _contested, _shared, _shown)


def _meters(seen: Seen) -> Iterator[MetersSeen]:
    if seen.meters is not None:
        yield seen.meters


def _owners(meters: MetersSeen, meter: Meter) -> str:
    return ", ".join(f"{meters.names[owner]} ({owner})" for owner, of in meters.book.meters.items() if of == meter)


def _fix(meter: Meter, read: MonthRead) -> str:
    """What to look at; where nothing at all is shown, at what is asked for of all of them."""
    if isinstance(meter, PathMeter):
        common = "check storage_filesystem, storage_data_type and storage_tenant, as no path is shown"
        return "compare the path with those that the warehouse has" if read.figures else common
    if meter.cluster:
        return f"nothing, if it used nothing; else check the account, and whether its cluster is {meter.cluster}"
    return "nothing, if it used nothing; else compare the account with those that the warehouse has"


def _remedy(error: PlaneError) -> tuple[str, str]:
    """The key to look at, and what to do there."""
    match error:
        case Unauthorised():
            return (
                "cscs_dwdi_client_id",
                "check cscs_dwdi_client_id, cscs_dwdi_client_secret and cscs_dwdi_oidc_token_url",
            )
        case Forbidden():
            return "cscs_dwdi_oidc_scope", "have the client given the scope that the warehouse wants, and name it here"
        case NotFound() | Unsupported():
            return (
                "cscs_dwdi_api_url",
                "check it; of storage also storage_filesystem, storage_data_type and storage_endpoint_style",
            )
        case Throttled():
            return "max_concurrent_requests", "try again later; lower it if it stays"
        case Transient():
            return (
                "cscs_dwdi_api_url",
                "check it and cscs_dwdi_oidc_token_url, the network, and socks_proxy where it is needed",
            )
        case _:
            return "cscs_dwdi_api_url", "check whether it is the warehouse's, and of the API that is known"
