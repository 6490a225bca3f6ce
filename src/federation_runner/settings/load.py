"""From the file to `Settings`, or to all its mistakes."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from federation_adapters.http.access import Access, ClientCredentials, StaticToken
from federation_core.application.configure import ComponentMapping, ComponentWish, component_mapping, order_settings
from federation_core.domain.errors import ConfigurationError
from federation_core.domain.ids import Side
from federation_runner.settings.document import read_document
from federation_runner.settings.keys import VARIABLES, Level
from federation_runner.settings.kinds import Surroundings, shape
from federation_runner.settings.levels import Reading
from federation_runner.settings.model import Intervals, OfferingSettings, Settings, Skipped

OURS = "waldur"
SETTLE_MARGIN = 5.0
_MODES = {
    "order_process": "order_processing_backend",
    "membership_sync": "membership_sync_backend",
    "report": "reporting_backend",
}


def load(path: Path, environ: Mapping[str, str]) -> Settings:
    """The settings in the file at *path*.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    return parse(read_document(path), environ, path.parent)


def parse(document: Mapping[Any, Any], environ: Mapping[str, str], folder: Path) -> Settings:
    """The settings in a document already read.

    Args:
        document: the file's content.
        environ: environment variables; some set intervals, others are referred to by values.
        folder: where relative ``file:`` references start.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    reading = Reading(Surroundings(environ, folder))
    top = reading.level(Level.TOP, document, "")
    if top["log_shipping"]:
        reading.level(Level.LOG_SHIPPING, top["log_shipping"], "log_shipping")
    minutes = _intervals(reading)
    offerings, skipped = _offerings(reading, top)
    reading.finish()
    return Settings(
        offerings=tuple(offering for offering in offerings if offering is not None),
        skipped=tuple(skipped),
        log_level=top["log_level"],
        intervals=Intervals(order_process_seconds=minutes[VARIABLES[0].name] * 60),
    )


def _intervals(reading: Reading) -> dict[str, float]:
    minutes: dict[str, float] = {}
    for variable in VARIABLES:
        text = reading.around.environ.get(variable.name, "")
        try:
            minutes[variable.name] = float(text) if text else variable.default
        except ValueError:
            minutes[variable.name] = math.nan
        if not 0 < minutes[variable.name] < math.inf:
            reading.wrong(f"environment.{variable.name}", f"{shape(text)} that is no interval", "write minutes above 0")
    return minutes


def _offerings(reading: Reading, top: Mapping[str, Any]) -> tuple[list[OfferingSettings | None], list[Skipped]]:
    entries = top["offerings"]
    if entries is None:
        return [], []  # noted as missing
    if not isinstance(entries, list) or not entries:
        reading.wrong(
            "offerings", f"{shape(entries)} where a list of offerings is expected", "write at least one entry"
        )
        return [], []
    found: list[OfferingSettings | None] = []
    skipped: list[Skipped] = []
    for number, entry in enumerate(entries):
        path = f"offerings[{number}]"
        if _is_foreign(entry):
            skipped.append(
                Skipped(str(entry.get("name", path)), f"backend_type is {str(entry['backend_type']).lower()}")
            )
        else:
            found.append(_offering(reading, entry, path, top))
    _refuse_doubles(reading, found)
    return found, skipped


def _is_foreign(entry: object) -> bool:
    """Whether an offering belongs to another backend, so that its settings are not ours to judge."""
    return isinstance(entry, Mapping) and str(entry.get("backend_type") or OURS).strip().lower() != OURS


def _offering(reading: Reading, entry: object, path: str, top: Mapping[str, Any]) -> OfferingSettings | None:
    before = len(reading.findings)
    own = reading.level(Level.OFFERING, entry, path)
    if not isinstance(entry, Mapping):
        return None
    backend = reading.level(Level.BACKEND, own["backend_settings"] or {}, f"{path}.backend_settings")
    mapping = _mapping(reading, own, backend, path)
    a = _access(reading, Side.A, own, backend, top, path)
    b = _access(reading, Side.B, own, backend, top, f"{path}.backend_settings")
    if len(reading.findings) > before or mapping is None or a is None or b is None:
        return None
    return OfferingSettings(
        name=own["name"],
        offering=own["waldur_offering_uuid"],
        target_offering=backend["target_offering_uuid"],
        target_customer=backend["target_customer_uuid"],
        a=a,
        b=b,
        orders=order_settings(
            offering=own["waldur_offering_uuid"],
            target_customer=backend["target_customer_uuid"],
            mapping=mapping,
            target_plan=backend["target_plan"],
            passthrough=backend["passthrough_attributes"],
            accept_terms=backend["accept_terms_of_service"],
            settle_seconds=_settle(backend),
            orphan_policy=backend["orphan_policy"],
            tell_reasons=top["expose_backend_error_details"],
        ),
        modes=frozenset(mode for mode, key in _MODES.items() if own[key] == OURS),
        order_poll_timeout=backend["order_poll_timeout"],
        order_poll_interval=backend["order_poll_interval"],
    )


def _settle(backend: Mapping[str, Any]) -> float:
    given = backend["create_settle_seconds"]
    return float(given) if given is not None else backend["request_timeout"] + SETTLE_MARGIN


def _mapping(
    reading: Reading, own: Mapping[str, Any], backend: Mapping[str, Any], path: str
) -> ComponentMapping | None:
    wishes: dict[str, ComponentWish] = {}
    where = f"{path}.backend_components"
    for name, content in (own["backend_components"] or {}).items():
        component = reading.level(Level.COMPONENT, content, f"{where}.{name}")
        targets = {
            str(target): reading.level(Level.TARGET, given or {}, f"{where}.{name}.target_components.{target}")[
                "factor"
            ]
            for target, given in (component["target_components"] or {}).items()
        }
        wishes[str(name)] = ComponentWish(targets, component["usage_attribution"], component["primary_target"])
    try:
        return component_mapping(
            wishes, rounding=backend["limit_rounding"], shared=backend["shared_target_usage"], path=where
        )
    except ConfigurationError as error:
        reading.findings.extend(error.findings)
        return None


def _access(
    reading: Reading, side: Side, own: Mapping[str, Any], backend: Mapping[str, Any], top: Mapping[str, Any], path: str
) -> Access | None:
    is_a = side is Side.A
    level = own if is_a else backend
    prefix = "" if is_a else "target_"
    url = level["waldur_api_url" if is_a else "target_api_url"]
    credentials = _credentials(reading, level, "waldur_api_token" if is_a else "target_api_token", prefix, path)
    if url is None or credentials is None:
        return None
    return Access(
        side=side,
        url=url,
        credentials=credentials,
        verify=level[f"{prefix}verify_ssl"],
        ca_file=level[f"{prefix}ca_file"],
        proxy=top["global_proxy"] if is_a else backend["target_proxy"],
        timeout=backend["request_timeout"],
        concurrency=backend["max_concurrent_requests"],
    )


def _credentials(
    reading: Reading, level: Mapping[str, Any], token_key: str, prefix: str, path: str
) -> StaticToken | ClientCredentials | None:
    """The token, or else the three OIDC keys together; either is enough, and one has to be there."""
    if level[token_key]:
        return StaticToken(level[token_key])
    names = [f"{prefix}oidc_{part}" for part in ("token_url", "client_id", "client_secret")]
    given = [level[name] for name in names]
    if all(given):
        return ClientCredentials(*given)
    if any(
        finding.path.endswith((token_key, *names)) and finding.path.startswith(path) for finding in reading.findings
    ):
        return None
    missing = ", ".join(name for name, value in zip(names, given, strict=True) if not value)
    cause = f"no token, and {missing} missing" if any(given) else "missing"
    reading.wrong(f"{path}.{token_key}", cause, f"write a token, or all of {', '.join(names)}")
    return None


def _refuse_doubles(reading: Reading, found: list[OfferingSettings | None]) -> None:
    seen: set[tuple[str, Any]] = set()
    for number, offering in enumerate(found):
        if offering is None:
            continue
        key = (offering.a.base_url, offering.offering)
        if key in seen:
            where = f"offerings[{number}].waldur_offering_uuid"
            reading.wrong(where, "another entry federates the same offering of A", "keep one of them")
        seen.add(key)
