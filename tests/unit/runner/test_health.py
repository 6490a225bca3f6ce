import json
import socket

import httpx
import pytest

from federation_runner.daemon import Status
from federation_runner.health import serving

FINE = Status(is_alive=True, is_ready=True, offerings={"one": {"modes": {}}})


def asked(status, path, method="GET", host="127.0.0.1"):
    with serving(host, 0, lambda: status) as port:
        where = f"[{host}]" if ":" in host else host
        return httpx.request(method, f"http://{where}:{port}{path}", timeout=10, trust_env=False)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_all_is_well(path):
    answer = asked(FINE, path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert json.loads(answer.text) == {"alive": True, "ready": True, "offerings": {"one": {"modes": {}}}}


@pytest.mark.parametrize(
    ("alive", "ready", "healthz", "readyz"),
    [(True, False, 200, 503), (False, True, 503, 503), (False, False, 503, 503)],
)
def test_what_is_not_well_is_told(alive, ready, healthz, readyz):
    status = Status(is_alive=alive, is_ready=ready, offerings={})
    assert (asked(status, "/healthz").status_code, asked(status, "/readyz").status_code) == (healthz, readyz)


def test_a_head_has_no_body():
    answer = asked(FINE, "/healthz", "HEAD")
    assert (answer.status_code, answer.content) == (200, b"")


def test_other_methods_and_paths_are_refused():
    answer = asked(FINE, "/healthz", "POST")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert asked(FINE, "/metrics").status_code == 404


def test_ipv6():
    assert asked(FINE, "/healthz", host="::1").status_code == 200


def test_a_port_that_is_taken_is_an_error():
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(OSError, match="in use"),
        serving("127.0.0.1", taken.getsockname()[1], lambda: FINE),
    ):
        pass


def test_nothing_is_logged(capsys):
    asked(FINE, "/healthz")
    assert capsys.readouterr().err == ""
