"""Certificates are checked, unless the settings say in so many words that they are not."""

import pytest
from tests.security.hostile import TOKEN, Peer, certificate, client_of, saying
from tests.unit.settings.documents import offering

from federation_core.domain import errors

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A certificate that nobody but this file vouches for, and the server's context with it."""
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(own):
    with Peer(saying(FINE), own[1]) as peer:
        yield peer


def test_a_server_whose_certificate_nobody_vouches_for_gets_no_token(server):
    with (
        client_of(server.url, timeout=5) as client,
        pytest.raises(errors.Unreachable, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.call("x.create", "POST", "/api/x/", body={})
    assert not any(TOKEN.encode() in asked for asked in server.asked)


def test_a_server_whose_certificate_is_in_the_ca_file_is_spoken_to(server, own):
    with client_of(server.url, timeout=5, ca_file=str(own[0])) as client:
        assert client.call("x.read", "GET", "/api/x/").status == 200


def test_a_certificate_for_another_name_is_none(server, own):
    url = server.url.replace("localhost", "127.0.0.1")
    with client_of(url, timeout=5, ca_file=str(own[0])) as client, pytest.raises(errors.Unreachable):
        client.call("x.create", "POST", "/api/x/", body={})


def test_only_the_setting_turns_the_check_off(server, monkeypatch):
    for name in ("WALDUR_VERIFY_SSL", "PYTHONHTTPSVERIFY", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "0")
    with client_of(server.url, timeout=5) as client, pytest.raises(errors.Unreachable):
        client.call("x.create", "POST", "/api/x/", body={})
    with client_of(server.url, timeout=5, verify=False) as client:
        assert client.call("x.read", "GET", "/api/x/").status == 200


def test_no_proxy_of_the_environment_gets_to_see_a_request(server, own, monkeypatch):
    with Peer(saying(FINE)) as proxy:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with client_of(server.url, timeout=5, ca_file=str(own[0])) as client:
            client.call("x.read", "GET", "/api/x/")
        assert proxy.asked == []


@pytest.mark.parametrize("value", [None, "", True, "yes"])
def test_in_the_settings_it_is_on_unless_it_is_off_in_so_many_words(value):
    assert offering(("o.verify_ssl", value or True), ("s.target_verify_ssl", value or True)).a.verify
    assert offering().a.verify
    assert offering().b.verify
    assert not offering(("s.target_verify_ssl", False)).b.verify


def test_a_proxy_in_the_settings_is_used_and_sees_no_token_of_an_encrypted_call():
    with Peer(saying(FINE)) as proxy:
        with client_of("http://b.example", timeout=5, proxy=proxy.url) as client:
            assert client.call("x.read", "GET", "/api/x/").status == 200
        with client_of("https://b.example", timeout=1, proxy=proxy.url) as client, pytest.raises(errors.Unreachable):
            client.call("x.create", "POST", "/api/x/", body={})
    plain, *tunnels = proxy.asked
    assert plain.startswith(b"GET http://b.example/api/x/ ")
    assert tunnels
    assert all(asked.startswith(b"CONNECT b.example:443 ") for asked in tunnels)
    assert not any(TOKEN.encode() in asked for asked in tunnels)
