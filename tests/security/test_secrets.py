"""No secret stands in what Python shows by itself: representations, tracebacks, and what chains of errors say."""

from pathlib import Path

import attrs
import httpx
import pytest
from tests.security.hostile import TOKEN, client_of, logging_as_commands_do
from tests.unit.settings.documents import SECRETS, good, read

from federation_adapters.events_stomp.session import SessionError
from federation_adapters.http.access import Access, ClientCredentials, StaticToken
from federation_adapters.http.auth import auth_for
from federation_adapters.sandbox import Client
from federation_core.domain import errors
from federation_core.domain.ids import Side
from federation_core.ports.hints import Mailbox
from federation_runner import logs
from federation_runner.container import Federation, close
from federation_runner.settings.keys import KEYS
from federation_runner.settings.texts import Surroundings

HUSH = "hushhush"
ADA = "ada@example.org"
OIDC = [
    ("s.target_oidc_token_url", "https://id.example.org/token"),
    ("s.target_oidc_client_id", "agent"),
    ("s.target_oidc_client_secret", HUSH),
    ("s.target_api_token", None),
]


def leaks(*values):
    told = " ".join(f"{value!r} {value!s}" for value in values)
    return [secret for secret in SECRETS if secret in told]


@pytest.mark.parametrize("changes", [(), OIDC], ids=["tokens", "oidc"])
def test_no_settings_show_a_secret(changes):
    settings = read(*changes)
    assert set(settings.secrets()) & set(SECRETS)
    offering = settings.offerings[0]
    assert leaks(settings, offering, offering.a, offering.b, offering.a.credentials, offering.b.credentials) == []


@pytest.mark.parametrize(
    "value",
    [
        StaticToken(HUSH),
        StaticToken(HUSH, "Bearer"),
        ClientCredentials("https://id.example.org", "agent", HUSH),
        Client(HUSH),
        Surroundings({"TOKEN": HUSH}, Path("settings")),
        Mailbox("vhost", "login", "queue", HUSH),
        SessionError("refused"),
        auth_for(Access(Side.A, "https://a.example.org", StaticToken(HUSH))),
        auth_for(Access(Side.A, "https://a.example.org", ClientCredentials("https://id.example.org", "agent", HUSH))),
    ],
    ids=lambda value: type(value).__name__,
)
def test_nothing_that_holds_a_secret_shows_it(value):
    assert leaks(value) == []


def test_the_container_and_its_clients_show_no_secret():
    federation = Federation(settings=read().offerings[0])
    try:
        shown = [federation, federation.a_http(), federation.b_http(), federation.a_peer(), federation.b_orders()]
        shown += [vars(federation.a_http()), federation.a_http()._client]  # noqa: SLF001 - as a debugger shows it
        assert leaks(*shown) == []
    finally:
        close(federation)


def test_every_key_that_holds_a_secret_is_of_a_secret_kind():
    names = {key.name for keys in KEYS.values() for key in keys.values() if key.kind.secret}
    telling = {n for keys in KEYS.values() for n in keys if n.endswith(("token", "secret", "password", "dsn"))}
    assert telling <= names


@pytest.mark.parametrize(
    "raised",
    [
        httpx.ConnectError(f"https://b.example/?token={TOKEN}"),
        httpx.LocalProtocolError(f"Illegal header value b'Token {TOKEN}'"),
        httpx.InvalidURL(f"https://user:{TOKEN}@b.example/"),
        httpx.ProxyError(f"407 {TOKEN}"),
    ],
    ids=lambda raised: type(raised).__name__,
)
def test_a_traceback_in_the_log_shows_neither_token_nor_query(raised, capsys):
    def fail(_request):
        raise raised

    reaching = client_of("https://b.example", transport=httpx.MockTransport(fail))
    with logging_as_commands_do(), reaching as client:
        with pytest.raises(errors.PlaneError) as caught:
            client.call("x.create", "POST", "/api/x/", params=[("email", ADA)], body={"email": HUSH})
        try:
            raise caught.value
        except errors.PlaneError:
            logs.DAEMON.exception("%s", logs.line("crashed", {}))
    told = capsys.readouterr().err + str(caught.value) + repr(caught.value)
    assert "Traceback" in told
    assert [text for text in (TOKEN, ADA, HUSH) if text in told] == []


def test_what_was_sent_stands_in_no_error():
    server = httpx.MockTransport(lambda _: httpx.Response(500, text="<html>"))
    with client_of("https://b.example", transport=server) as client, pytest.raises(errors.ServerFault) as raised:
        client.call("x.create", "POST", "/api/x/", body={"email": ADA})
    assert ADA not in f"{raised.value} {raised.value!r} {vars(raised.value)}"


def test_values_of_frozen_types_with_secrets_are_never_compared_in_words():
    """`attrs` shows both sides of a comparison that fails in a test; the fields themselves must be silent."""
    for kind in (StaticToken, ClientCredentials):
        for field in attrs.fields(kind):
            if field.name in {"token", "client_secret"}:
                assert field.repr is False


@pytest.mark.parametrize("key", ["o.waldur_api_url", "s.target_api_url", "s.target_proxy", "global_proxy"])
def test_an_address_holds_no_credentials(key):
    with pytest.raises(errors.ConfigurationError) as raised:
        read((key, f"https://user:{HUSH}@b.example.org/"))
    assert HUSH not in str(raised.value)
    assert good()
