"""By what a warehouse knows a resource of A: an account on a cluster, or a path of a file system.

| | account | cluster | path |
| --- | --- | --- | --- |
| first | `backend_id` | the offering's `backend_id`, as A shows it | the operator's map |
| else | | the operator's word | the effective id |
| else | | all clusters | `backend_id` |
| compared | as written | in lower case | without doubled and trailing slashes |
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NewType
from uuid import UUID, uuid5

import attrs

from federation_core.domain.ids import AResourceId, BResourceId
from federation_core.domain.records import AResource
from federation_core.domain.usage.scene import TERMINATED

_NAMESPACE = UUID("6f0c6c0e-4f0e-5d5c-9a53-0d0f3d5f7a11")
_SLASHES = re.compile("/+")
Path = NewType("Path", str)


@attrs.frozen
class AccountMeter:
    """An account; on one cluster, where it is named.

    Attributes:
        cluster: in lower case; empty for all clusters.
    """

    account: str
    cluster: str = ""

    def __str__(self) -> str:
        return f"account {self.account}" + (f" on {self.cluster}" if self.cluster else "")


@attrs.frozen
class PathMeter:
    """A path, in the form of `as_path`."""

    path: Path

    def __str__(self) -> str:
        return f"path {self.path}"


Meter = AccountMeter | PathMeter
"""What a warehouse has figures of."""


@attrs.frozen
class AccountRules:
    """How accounts are found.

    Attributes:
        cluster: the one where A names none; empty for all.
    """

    cluster: str = ""


@attrs.frozen
class PathRules:
    """How paths are found.

    Attributes:
        paths: `backend_id` of a resource -> path.
    """

    paths: Mapping[str, str] = attrs.field(factory=dict)


MeterRules = AccountRules | PathRules


@attrs.frozen
class MeterBook:
    """The meters of an offering's resources.

    Attributes:
        meters: by what each resource is known; those that nothing meters are left out.
        unmetered: resource -> why nothing meters it.
        shared: meters that several living resources have.
    """

    meters: Mapping[AResourceId, Meter]
    unmetered: Mapping[AResourceId, str]
    shared: Mapping[Meter, tuple[AResourceId, ...]]

    @classmethod
    def of(cls, resources: Iterable[AResource], rules: MeterRules) -> "MeterBook":
        """Look up every resource; one without a `backend_id` is not metered yet."""
        living: dict[AResourceId, Meter] = {}
        ended: dict[AResourceId, Meter] = {}
        unmetered: dict[AResourceId, str] = {}
        for resource in resources:
            found = meter_of(resource, rules)
            if isinstance(found, AccountMeter | PathMeter):
                (ended if resource.state == TERMINATED else living)[resource.id] = found
            elif found is not None and resource.state != TERMINATED:
                unmetered[resource.id] = found
        return cls({**living, **ended}, unmetered, _shared(living))

    def link_of(self, resource: AResourceId) -> BResourceId:
        """The identifier of a resource's meter: one for all of an account, but one for each resource of a path.

        What an account used cannot be told apart, so two resources that claim it contest it. What lies below a path is true of
        every resource that is known by the path.
        """
        meter = self.meters[resource]
        text = f"{meter} {resource}" if isinstance(meter, PathMeter) else str(meter)
        return BResourceId(uuid5(_NAMESPACE, text))


def meter_of(resource: AResource, rules: MeterRules) -> Meter | str | None:
    """What a resource is metered by; a text that says why nothing can meter it; None where it is not delivered yet."""
    name = resource.backend_id.strip()
    if not name:
        return None
    match rules:
        case AccountRules(cluster):
            return AccountMeter(name, (resource.cluster.strip() or cluster.strip()).lower())
        case PathRules(paths):
            path = paths.get(name) or (resource.effective_id or "").strip() or name
            if not path.startswith("/"):
                return f"{path!r} is no path, and storage_path_mapping has no entry for it"
            return PathMeter(as_path(path))


def as_path(text: str) -> Path:
    """The path in the one form in which paths are compared: single slashes, none at the end."""
    return Path(_SLASHES.sub("/", text.strip()).rstrip("/") or "/")


def batches(meters: Iterable[Meter], size: int, characters: int) -> Iterator[Sequence[Meter]]:
    """Meters in groups that one request can ask for: of one cluster, at most *size*, with names of that many *characters*."""
    group: list[Meter] = []
    for meter in sorted(set(meters), key=lambda one: (_cluster(one), str(one))):
        length = sum(len(str(one)) for one in (*group, meter))
        if group and (len(group) == size or length > characters or _cluster(group[-1]) != _cluster(meter)):
            yield group
            group = []
        group.append(meter)
    if group:
        yield group


def _cluster(meter: Meter) -> str:
    return meter.cluster if isinstance(meter, AccountMeter) else ""


def _shared(meters: Mapping[AResourceId, Meter]) -> dict[Meter, tuple[AResourceId, ...]]:
    owners: dict[Meter, list[AResourceId]] = {}
    for resource, meter in meters.items():
        owners.setdefault(meter, []).append(resource)
    return {meter: tuple(sorted(of)) for meter, of in owners.items() if len(of) > 1}
