"""How A and B are reached, as read from one offering."""

from collections.abc import Mapping
from typing import Any

import attrs

from federation_adapters.http.access import Access, ClientCredentials, KeyNames, StaticToken
from federation_core.domain.ids import Side
from federation_runner.settings.levels import Reading


@attrs.frozen
class Keys:
    """What the keys of one side are called."""

    url: str
    token: str
    prefix: str

    @property
    def oidc(self) -> tuple[str, str, str]:
        """The three keys of a client-credentials grant, in the order of `ClientCredentials`."""
        return f"{self.prefix}oidc_token_url", f"{self.prefix}oidc_client_id", f"{self.prefix}oidc_client_secret"


A_KEYS = Keys("waldur_api_url", "waldur_api_token", "")
B_KEYS = Keys("target_api_url", "target_api_token", "target_")


def a_access(
    reading: Reading, own: Mapping[str, Any], backend: Mapping[str, Any], proxy: str, path: str
) -> Access | None:
    """How A is reached; None where the file does not tell, which is noted."""
    return _access(reading, Side.A, own, backend, proxy, path)


def b_access(reading: Reading, backend: Mapping[str, Any], path: str) -> Access | None:
    """How B is reached; None where the file does not tell, which is noted."""
    return _access(reading, Side.B, backend, backend, backend["target_proxy"], path)


def base_url(url: str) -> str:
    """The address in the form by which two spellings of one server are told to be equal."""
    return Access(Side.A, url, StaticToken("")).base_url.lower()


def _access(
    reading: Reading, side: Side, level: Mapping[str, Any], bounds: Mapping[str, Any], proxy: str, path: str
) -> Access | None:
    keys = A_KEYS if side is Side.A else B_KEYS
    credentials = _credentials(reading, level, keys, path)
    if level[keys.url] is None or credentials is None:
        return None
    return Access(
        side=side,
        url=level[keys.url],
        credentials=credentials,
        verify=level[f"{keys.prefix}verify_ssl"],
        ca_file=level[f"{keys.prefix}ca_file"],
        proxy=proxy,
        timeout=bounds["request_timeout"],
        concurrency=bounds["max_concurrent_requests"],
        keys=KeyNames(keys.url, _names(keys, credentials), f"{keys.prefix}ca_file"),
    )


def _names(keys: Keys, credentials: StaticToken | ClientCredentials) -> str:
    return keys.token if isinstance(credentials, StaticToken) else ", ".join(keys.oidc)


def _credentials(
    reading: Reading, level: Mapping[str, Any], keys: Keys, path: str
) -> StaticToken | ClientCredentials | None:
    """The token, or else the three OIDC keys together; what is missing is noted, unless it was given and is wrong."""
    token = level[keys.token]
    if token:
        return StaticToken(token)
    if reading.below(f"{path}.{keys.token}"):
        return None
    token_url, client_id, secret = (level[name] for name in keys.oidc)
    if token_url and client_id and secret:
        return ClientCredentials(token_url, client_id, secret)
    fine = [name for name in keys.oidc if not reading.below(f"{path}.{name}")]
    absent = [name for name in fine if not level[name]]
    if len(absent) == len(keys.oidc):
        reading.missing(f"{path}.{keys.token}", keys.token, f"write a token, or all of {', '.join(keys.oidc)}")
        return None
    for name in absent:
        reading.missing(f"{path}.{name}", name, f"write it, as there is no {keys.token}")
    return None
