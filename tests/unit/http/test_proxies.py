import socket
import sys
import threading

import httpx
import pytest
from tests.proxies import KINDS, proxy

from federation_adapters.http.access import Access, ClientCredentials, KeyNames, StaticToken
from federation_adapters.http.client import HttpClient
from federation_core.domain import errors
from federation_core.domain.ids import Side

USER = "carrier:not-a-real-word"
GRANT = ClientCredentials("http://id.invalid/token", "reporter", "not-a-real-secret")


@pytest.fixture
def target():
    """A server that answers any GET with an empty object, and any POST with a token."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            self.answer(b"{}")

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            self.answer(b'{"access_token": "issued-but-not-real", "expires_in": 300}')

        def answer(self, body):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def reached(port, proxy_url, host="127.0.0.1", **changes):
    settings = {"side": Side.B, "url": f"http://{host}:{port}", "credentials": StaticToken("not-a-real-token")}
    return HttpClient(Access(**{**settings, "proxy": proxy_url, "timeout": 5.0, "attempts": 1, **changes}))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("kind", KINDS)
def test_calls_and_token_calls_pass_the_proxy(kind, host, target):
    grant = ClientCredentials(f"http://{host}:{target}/token", "reporter", "not-a-real-secret")
    with proxy(kind) as served, reached(target, served.url, host, credentials=grant) as client:
        assert client.call("x.y", "GET", "/x").body == b"{}"
    expected = "127.0.0.1" if kind == "socks4" else host  # SOCKS4 knows no names
    assert served.asked() == {f"{expected}:{target}"}


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_proxy_may_want_a_password(kind, target):
    with proxy(kind, USER) as served, reached(target, served.url) as client:
        assert client.call("x.y", "GET", "/x").status == 200


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_a_wrong_password_is_refused_and_not_shown(kind, target):
    with proxy(kind, USER) as served:
        wrong = served.url.replace("not-a-real-word", "guess")
        with reached(target, wrong) as client, pytest.raises(errors.PlaneError) as caught:
            client.call("x.y", "GET", "/x")
    assert "guess" not in str(caught.value) + repr(client.access)


def test_a_password_that_is_wanted_and_not_given_is_a_failure(target):
    with (
        proxy("socks5", USER) as served,
        reached(target, served.url.replace(f"{USER}@", "")) as client,
        pytest.raises(errors.Unreachable, match="the proxy"),
    ):
        client.call("x.y", "GET", "/x")


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_is_not_there_is_told_with_its_key(kind):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"{kind}://127.0.0.1:{closed.getsockname()[1]}"
        with (
            reached(1, url, keys=KeyNames("api_url", "secret", proxy="socks_proxy")) as client,
            pytest.raises(errors.Unreachable, match=r"the proxy cannot be reached.*check socks_proxy"),
        ):
            client.call("x.y", "GET", "/x")


@pytest.mark.parametrize("kind", ["socks5", "socks4"])
def test_a_target_that_the_proxy_cannot_reach_is_told(kind):
    with proxy(kind) as served, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with reached(closed.getsockname()[1], served.url) as client, pytest.raises(errors.Unreachable):
            client.call("x.y", "GET", "/x")


class Scripted:
    """A proxy that answers with given bytes, whatever it is asked, and remembers what that was."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, b""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        self.thread.join()

    def serve(self):
        connection, _ = self.listener.accept()
        with connection:
            for answer in self.answers:
                self.asked += connection.recv(4096)
                for byte in answer:  # one by one, as a slow network has it
                    connection.sendall(bytes([byte]))

    def url(self, kind):
        return f"{kind}://127.0.0.1:{self.listener.getsockname()[1]}"


@pytest.mark.parametrize(
    ("kind", "answers", "words"),
    [
        ("socks5", [b"\x05\xff"], "wants a user"),
        ("socks5", [b"HT"], "does not speak"),
        ("socks5", [b"\x05\x00", b"\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"], "connection refused"),
        ("socks5", [b"\x05\x00", b"\x05\x01\x00\x03\x01x\x00\x00"], "cannot connect"),
        ("socks5", [b"\x05\x00", b"\x05\x01\x00\x04" + b"\x00" * 18], "cannot connect"),
        ("socks5", [b"\x05"], "ended the connection"),
        ("socks4a", [b"\x00\x5b" + b"\x00" * 6], "cannot connect"),
    ],
)
def test_what_a_proxy_refuses_is_one_clear_error(kind, answers, words):
    with (
        Scripted(*answers) as scripted,
        reached(80, scripted.url(kind), "b.invalid") as client,
        pytest.raises(errors.Unreachable, match=words),
    ):
        client.call("x.y", "GET", "/x")


def test_socks4a_leaves_names_to_the_proxy():
    with Scripted(b"\x00\x5b" + b"\x00" * 6) as scripted, reached(80, scripted.url("socks4a"), "b.invalid") as client:
        with pytest.raises(errors.Unreachable):
            client.call("x.y", "GET", "/x")
        assert b"b.invalid" in scripted.asked


def test_a_name_that_nobody_knows_is_told():
    with Scripted() as scripted, reached(80, scripted.url("socks4"), "b.invalid") as client:
        with pytest.raises(errors.Unreachable, match="no IPv4 address"):
            client.call("x.y", "GET", "/x")
        socket.create_connection(scripted.listener.getsockname()).close()


@pytest.mark.parametrize("url", ["127.0.0.1:1080", "//127.0.0.1:1080", "ftp://127.0.0.1", "socks5://", "socks5://[::1"])
def test_a_proxy_without_a_scheme_that_is_spoken_is_refused_before_any_call(url):
    with pytest.raises(errors.ConfigurationError, match="write it with its scheme"):
        reached(80, url)


def test_socks_without_the_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "socksio", None)
    with pytest.raises(errors.ConfigurationError, match=r"install waldur-federation\[socks\]"):
        reached(80, "socks5://127.0.0.1:1080")


def test_an_identity_provider_that_cannot_be_reached_is_told_by_its_own_key():
    def server(request):
        raise httpx.ConnectError("no route", request=request)

    keys = KeyNames("api_url", "secret", "", "token_url")
    access = Access(Side.B, "http://b.invalid", GRANT, keys=keys)
    with (
        HttpClient(access, transport=httpx.MockTransport(server), sleep=lambda _: None) as client,
        pytest.raises(errors.Unreachable, match=r"B at id\.invalid .*check token_url"),
    ):
        client.call("x.y", "GET", "/x")
