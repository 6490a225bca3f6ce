"""From the file to `Settings`, or to all its mistakes."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.settings import keys, peers
from federation_runner.settings.document import read_document
from federation_runner.settings.keys import Level
from federation_runner.settings.levels import Reading
from federation_runner.settings.metered import read_metered
from federation_runner.settings.model import Intervals, OfferingSettings, Settings, Skipped
from federation_runner.settings.offering import read_backend, read_offering
from federation_runner.settings.ownership import judge_names, ownership
from federation_runner.settings.proxy import is_of, judge_storage_backend
from federation_runner.settings.texts import Surroundings, shape

MAX_NAME = 100
"""Characters of the name of an offering that is none of ours."""


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file at *path*.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    return parse(read_document(path), environ, path.parent)


def parse(document: Mapping[Any, Any], environ: Mapping[str, str], base: Path) -> Settings:
    """The settings in a document already read.

    Args:
        document: the file's content.
        environ: environment variables; some set intervals, others are referred to by values.
        base: where relative paths start.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    if is_of(document, "storage_systems", unlike="offerings"):
        fix = "serve them with waldur-federation storage-proxy, or name a file of offerings"
        raise ConfigurationError(Finding("storage_systems", "these are settings of the storage proxy", fix))
    reading = Reading(Surroundings(environ, base))
    top = reading.level(Level.TOP, document, "")
    if top["log_shipping"]:
        reading.level(Level.LOG_SHIPPING, top["log_shipping"], "log_shipping")
    intervals = _intervals(reading)
    offerings, skipped = _offerings(reading, top)
    reading.finish()
    return Settings(
        offerings=tuple(offerings),
        skipped=tuple(skipped),
        log_level=top["log_level"],
        timezone=top["timezone"],
        reporting_periods=top["reporting_periods"],
        expose_backend_error_details=top["expose_backend_error_details"],
        intervals=intervals,
    )


def judge_backend(
    values: Mapping[Any, Any], environ: Mapping[str, str], base: Path, level: Level = Level.BACKEND
) -> None:
    """Judge ``backend_settings`` by themselves.

    Args:
        values: their content.
        environ: what references are resolved with.
        base: where relative paths start.
        level: the table to judge by: of a federation, or of a warehouse.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    reading = Reading(Surroundings(environ, base))
    if level is Level.BACKEND:
        read_backend(reading, values, "backend_settings")
    else:
        reading.level(level, values, "backend_settings")
    reading.finish()


def read_intervals(environ: Mapping[str, str]) -> Intervals:
    """The intervals that environment variables set.

    Raises:
        ConfigurationError: with every mistake in them.
    """
    reading = Reading(Surroundings(environ, Path()))
    intervals = _intervals(reading)
    reading.finish()
    return intervals


def _intervals(reading: Reading) -> Intervals:
    return Intervals(
        order_process_seconds=_seconds(reading, keys.ORDER_PROCESS),
        report_seconds=_seconds(reading, keys.REPORT),
        membership_sync_seconds=_seconds(reading, keys.MEMBERSHIP_SYNC),
        reconciliation_seconds=_seconds(reading, keys.RECONCILIATION),
    )


def _seconds(reading: Reading, variable: keys.Variable) -> float:
    text = reading.around.environ.get(variable.name, "")
    try:
        minutes = float(text) if text else variable.default
    except ValueError:
        minutes = math.nan
    if not 0 < minutes <= keys.MOST_MINUTES:
        fix = f"write minutes above 0, at most {keys.MOST_MINUTES}"
        reading.wrong(f"environment.{variable.name}", f"{shape(text)} that is no interval", fix)
    return minutes * 60


def _offerings(reading: Reading, top: Mapping[str, Any]) -> tuple[list[OfferingSettings], list[Skipped]]:
    found: list[OfferingSettings] = []
    skipped: list[Skipped] = []
    entries: Sequence[object] = top["offerings"] or ()
    ours: dict[str, Mapping[Any, Any]] = {}
    for number, entry in enumerate(entries):
        path = f"offerings[{number}]"
        if not isinstance(entry, Mapping):
            reading.wrong(path, f"{shape(entry)} where a mapping is expected", "write the keys of an offering")
            continue
        whose = ownership(entry)
        if whose.is_served:
            _judge_served(reading, entry, path)
        if whose.reason:
            skipped.append(Skipped(_name(entry, path), whose.reason))
            continue
        ours[path] = entry
        read = read_metered if whose.warehouse else read_offering
        offering = read(reading, entry, path, top)
        if offering is not None:
            found.append(offering)
    _refuse_doubles(reading, ours)
    return _acquainted(_told_apart(found)), skipped


def _judge_served(reading: Reading, entry: Mapping[Any, Any], path: str) -> None:
    """Note the mistakes in an offering that the storage proxy serves."""
    judge_names(reading, entry, path)
    own = reading.level(Level.OFFERING, entry, path)
    where = f"{path}.backend_settings"
    around = reading.around
    try:
        judge_storage_backend(own["backend_settings"] or {}, around.environ, around.folder, where)
    except ConfigurationError as error:
        reading.add(error)


def _told_apart(offerings: Sequence[OfferingSettings]) -> list[OfferingSettings]:
    """The offerings with names that differ: results are told by name, and the official agent allows one name twice."""
    counts: Counter[str] = Counter()
    apart = []
    for offering in offerings:
        counts[offering.name] += 1
        count = counts[offering.name]
        apart.append(offering if count == 1 else attrs.evolve(offering, name=f"{offering.name} ({count})"))
    return apart


def _acquainted(offerings: Sequence[OfferingSettings]) -> list[OfferingSettings]:
    """The offerings, each with what it has to know of those that vouch for people on the same B as the same source.

    That is their customers; and whether one of them pushes profiles of people who have no roles, as then nobody can be withdrawn.
    """
    known = []
    for own in offerings:
        alike = [one for one in offerings if _vouches_as(one) == _vouches_as(own)]
        customers = frozenset(one.members.rules.customer for one in alike) - {own.members.rules.customer}
        withdraws = not any(one.tells_profiles_only for one in alike)
        members = attrs.evolve(own.members, other_customers=customers, withdraws=withdraws)
        known.append(attrs.evolve(own, members=members))
    return known


def _vouches_as(offering: OfferingSettings) -> tuple[str, str]:
    return offering.b.base_url, offering.people.bridge_source


def _name(entry: Mapping[Any, Any], path: str) -> str:
    name = entry.get("name")
    return name[:MAX_NAME] if isinstance(name, str) and name.strip() else path


def _refuse_doubles(reading: Reading, ours: Mapping[str, Mapping[Any, Any]]) -> None:
    """Note entries that federate, or meter, one offering of A twice, also where other things are wrong with them."""
    seen: dict[tuple[str, Any, bool], str] = {}
    for path, entry in ours.items():
        where = f"{path}.waldur_offering_uuid"
        if reading.below(where) or reading.below(f"{path}.waldur_api_url"):
            continue
        own = Reading(reading.around).level(Level.OFFERING, entry, path)
        is_metered = bool(ownership(entry).warehouse)
        key = (peers.base_url(own["waldur_api_url"]), own["waldur_offering_uuid"], is_metered)
        if key in seen:
            verb = "meters" if is_metered else "federates"
            reading.wrong(where, f"{seen[key]} {verb} the same offering of A", "keep one of them")
        seen.setdefault(key, path)
