"""The calls of the warehouse: a month, or a day, of some accounts or of some paths.

| | a month | its parameters | a day |
| --- | --- | --- | --- |
| compute | `/compute/usage-month/account` | `from`, `to` | `usage-day` |
| storage, style `path` | `/storage/usage-month/FILESYSTEM/DATA_TYPE` | `exact-month` | `usage-day`, `exact-date` |
| storage, style `query` | `/storage/usage-month` | and `filesystem`, `data_type` | likewise |

Accounts, clusters and paths are repeated parameters. Without any the warehouse would show everybody's, so nothing is asked then.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from enum import Enum
from typing import TypeVar
from urllib.parse import quote

import attrs

from federation_adapters.dwdi import answers
from federation_adapters.dwdi.fields import Fields
from federation_adapters.dwdi.pages import Call, read_all, read_page
from federation_adapters.http.client import HttpClient
from federation_core.domain.errors import PlaneError, TimedOut, Unauthorised, Unreachable
from federation_core.domain.metering.figures import MonthRead
from federation_core.domain.metering.meters import AccountMeter, Meter, PathMeter, batches
from federation_core.domain.months import Month

BATCH = 50
"""Accounts or paths that one request asks for, so that its address stays short."""

MOST_CHARACTERS = 6000
"""Characters of accounts or paths in one request, for the same reason."""

PATIENCE = 2
"""Requests in one reading that may find nobody there before the rest is not made."""

Period = Month | date
M = TypeVar("M", AccountMeter, PathMeter)


class Style(Enum):
    """How a file system is named in a request: in its path, as documented, or in its query, as published clients do."""

    PATH = "path"
    QUERY = "query"


@attrs.frozen
class FileSystem:
    """Which file system is asked about.

    Attributes:
        data_type: such as ``projects`` or ``store``.
        tenant: whose; empty for none.
    """

    name: str
    data_type: str
    tenant: str = ""
    style: Style = Style.PATH


class ComputeWarehouse:
    """Hours that accounts used."""

    def __init__(self, http: HttpClient, fields: Mapping[str, Fields], batch: int = BATCH) -> None:
        """Prepare it; no request is made.

        Args:
            http: its address ends where the paths above begin.
            fields: component -> where its figures stand.
            batch: accounts in one request, at most.
        """
        self._http, self._fields, self._batch = http, fields, batch

    def read(self, month: Month, meters: Collection[Meter]) -> MonthRead:
        """What accounts used in *month*; those whose request fails are told as failed."""
        return _in_batches(meters, self._batch, lambda asked: self.ask(month, asked), AccountMeter)

    def ask(self, period: Period, asked: Sequence[AccountMeter]) -> MonthRead:
        """What accounts of one cluster used in a month or on a day, by one request for each page.

        Raises:
            PlaneError: it failed.
        """
        word, moment = _words(period)
        params = [("from", moment), ("to", moment), *(("account", meter.account) for meter in asked)]
        params += [("cluster", cluster) for cluster in sorted({meter.cluster for meter in asked if meter.cluster})]
        call = Call(f"compute.{word}", f"/compute/usage-{word}/account", params, "compute")
        return answers.accounts(read_all(self._http, call), asked, self._fields)

    def ping(self, day: date) -> None:
        """Make sure that figures of *day* could be asked for; of an account that nobody has, as all would be many.

        Raises:
            PlaneError: they could not.
        """
        moment = day.isoformat()
        params = [("from", moment), ("to", moment), ("account", NOBODY)]
        read_page(self._http, Call("compute.ping", "/compute/usage-day/account", params, "compute"))


class StorageWarehouse:
    """What paths of one file system hold."""

    def __init__(
        self, http: HttpClient, filesystem: FileSystem, fields: Mapping[str, Fields], batch: int = BATCH
    ) -> None:
        """Prepare it; no request is made.

        Args:
            http: its address ends where the paths above begin.
            filesystem: which one.
            fields: component -> where its figures stand.
            batch: paths in one request, at most.
        """
        self._http, self._filesystem, self._fields, self._batch = http, filesystem, fields, batch

    def read(self, month: Month, meters: Collection[Meter]) -> MonthRead:
        """What paths held in *month*; those whose request fails are told as failed."""
        return _in_batches(meters, self._batch, lambda asked: self.ask(month, asked), PathMeter)

    def ask(self, period: Period, asked: Sequence[PathMeter]) -> MonthRead:
        """What paths held in a month or on a day, by one request for each page.

        Raises:
            PlaneError: it failed.
        """
        word, _ = _words(period)
        call = self._call(f"storage.{word}", period, [meter.path for meter in asked])
        return answers.paths(read_all(self._http, call), asked, self._fields)

    def ping(self, day: date) -> None:
        """Make sure that what a path held on *day* could be asked for; of a path that nobody has, as all would be many.

        Raises:
            PlaneError: it could not.
        """
        read_page(self._http, self._call("storage.ping", day, [f"/{NOBODY}"]))

    def _call(self, operation: str, period: Period, paths: Collection[str]) -> Call:
        word, moment = _words(period)
        of = self._filesystem
        address, params = f"/storage/usage-{word}", [(EXACT[word], moment), *(("paths", path) for path in paths)]
        if of.style is Style.PATH:
            address += f"/{quote(of.name, safe='')}/{quote(of.data_type, safe='')}"
        else:
            params += [("filesystem", of.name), ("data_type", of.data_type)]
        if of.tenant:
            params.append(("tenant", of.tenant))
        return Call(operation, address, params, "storage")


NOBODY = "waldur-federation-ping"
EXACT = {"month": "exact-month", "day": "exact-date"}


def _words(period: Period) -> tuple[str, str]:
    """What the warehouse calls such a period, and how it writes this one."""
    return ("month", str(period)) if isinstance(period, Month) else ("day", period.isoformat())


def _in_batches(
    meters: Collection[Meter], size: int, ask: Callable[[Sequence[M]], MonthRead], kind: type[M]
) -> MonthRead:
    """Ask for so many at once; what cannot be asked is told as failed, and does not keep the others from being asked.

    Where credentials are refused, or nobody answers twice, that would go on: the rest fails alike and is not asked.
    """
    parts, troubles, told = [], 0, ""
    for batch in batches((meter for meter in meters if isinstance(meter, kind)), size, MOST_CHARACTERS):
        if troubles < PATIENCE:
            try:
                parts.append(ask([meter for meter in batch if isinstance(meter, kind)]))
                continue
            except PlaneError as error:
                told = str(error)
                troubles += _weight(error)
        parts.append(MonthRead(failed=dict.fromkeys(batch, told)))
    return MonthRead.together(parts)


def _weight(error: PlaneError) -> int:
    """How much an error says that the next request will fail too."""
    if isinstance(error, Unauthorised):
        return PATIENCE
    return 1 if isinstance(error, Unreachable | TimedOut) else 0
