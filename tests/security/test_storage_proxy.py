"""The served storage proxy under people who mean harm: clients, and those who choose names in Waldur."""

import re
import socket

import pytest
from tests.scenario.storage import LISTING, STATUS, proxied, storage_site

HOSTILE = (
    "..", ".", "../../etc", "a/b", "/etc/passwd", "a\\b", "<script>alert(1)</script>", "é", "\u202egnp", "a b", " ",
    "a\nb", "%2e%2e", "~root", "$HOME", "-rf", "a" * 256, "",
)  # fmt: skip
PATH = re.compile(r"/[a-z]+/[a-z]+(/[A-Za-z0-9_][A-Za-z0-9_.-]*){1,3}")


@pytest.fixture(scope="module")
def p():
    with proxied() as found:
        found.listed()
        yield found


def said(p, text):
    """What comes back for raw bytes, until the proxy has nothing more to say."""
    host, _, port = p.url.removeprefix("http://").partition(":")
    got = b""
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        try:
            connection.sendall(text)
            while chunk := connection.recv(65536):
                got += chunk
        except ConnectionError:
            pass
    return got


def test_no_name_leads_out_of_its_place_and_neighbours_are_served():
    site = storage_site()
    world, systems = site.sandbox.world, site.systems
    for number, slug in enumerate(HOSTILE):
        project = world.add_project(site.customer, slug or "nothing", slug=f"h{number}")
        world.add_resource(systems["capstor"], project, limits={"storage": 1})
        world.edit(project, slug=slug)
        good = world.add_project(site.customer, "Good", slug=f"g{number}")
        made = world.add_resource(systems["vast"], good, attributes={"storage_data_type": slug or "../x"})
        world.edit(made, limits={"storage": 1})
    with proxied(site, gid_fallback="mock") as p:
        paths = [item["mountPoint"]["default"] for item in p.listed(page_size=500)]
        assert [path for path in paths if not PATH.fullmatch(path)] == []
        assert len(p.status()["skipped"]) == 2 * len(HOSTILE)
        assert p.leaf(site.resources[0]) is not None


@pytest.mark.parametrize("which", ["customer", "provider"])
def test_nor_does_that_of_a_customer_or_a_provider(which):
    site = storage_site()
    row = site.customer if which == "customer" else site.systems["vast"].customer
    site.sandbox.world.edit(row, slug="../../etc")
    with proxied(site) as p:
        assert p.listed() == []
        assert len(p.status()["skipped"]) == 3


def test_a_name_forges_no_line_of_the_log_and_no_field_of_an_answer():
    site = storage_site()
    name = 'x", "status": "active"\nserved status=200'
    site.sandbox.world.edit(site.projects["permafrost"], name=name)
    site.sandbox.world.edit(site.resources[1], attributes={"storage_data_type": "a\nbroken request_id=1"})
    with proxied(site) as p:
        assert p.leaf(site.resources[0])["target"]["targetItem"]["name"] == name
        assert [text for text in p.lines.texts if "\n" in text] == []
        assert p.lines.about("broken") == []


def test_what_is_asked_for_stands_in_no_line_of_the_log(p):
    p.get(data_type="hush-of-a-query")
    p.get("/nothing%0Abroken%20request_id=1", token="")
    assert p.lines.last("served")
    assert "hush-of-a-query" not in str(p.lines)
    assert [text for text in p.lines.texts if "\n" in text] == []


@pytest.mark.parametrize(
    "head",
    [
        b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 200_000),
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: %s\r\n\r\n" % (b"a" * 200_000),
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
    ],
    ids=["path", "header", "headers"],
)
def test_a_head_without_end_is_refused(p, head):
    assert said(p, head).split()[1:2] in ([b"400"], [b"431"], [])
    assert p.get("/healthz", token="").status_code == 200


def test_a_token_in_a_long_header_is_not_looked_at(p):
    assert p.get(token="x" * 30_000).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example.org/api/storage-resources",
        "/\\evil.example.org",
        "/api//storage-resources",
        "/%2f%2fevil.example.org",
    ],
)
def test_nobody_is_sent_elsewhere(p, path):
    answer = said(p, f"GET {path} HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n".encode())
    assert answer.split()[1] in {b"404", b"400"}
    assert b"location" not in answer.lower()


def test_without_a_token_there_is_no_data(p):
    described = p.get("/openapi.json", token="")
    known = [path for path in described.json()["paths"] if path.startswith("/api/")]
    assert {p.get(path, token="").status_code for path in known} == {401}
    shown = "".join(
        p.get(path, token="").text for path in ("/openapi.json", "/healthz", "/readyz", "/version", "/docs")
    )
    secret = [p.site.reader.token, "identity-sandbox", p.site.resources[0].uuid, "127.0.0.1"]
    assert [word for word in secret if word in shown] == []


def test_a_caller_cannot_choose_what_waldur_is_asked(p):
    p.waldur.requests.clear()
    for query in ({"storage_system": "vast&field=x"}, {"data_type": "../x"}, {"state": "OK&page=2"}, {"page": "2#x"}):
        p.get(**query)
    assert [one for one in p.waldur.requests if one.method == "GET" and "modified" not in one.query] == []


def test_the_answers_of_the_status_show_reasons_and_no_values():
    site = storage_site()
    site.sandbox.world.edit(site.resources[0], attributes={"permissions": "hush-of-a-value"})
    with proxied(site) as p:
        answer = p.get(STATUS)
        assert len(answer.json()["skipped"]) == 1
        assert "hush-of-a-value" not in answer.text + p.get(LISTING).text + str(p.lines)
