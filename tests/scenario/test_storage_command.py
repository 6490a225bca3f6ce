"""`waldur-federation storage-proxy` and the ASGI application, as real processes."""

import signal
import socket

import httpx
import pytest
import yaml
from tests.scenario.storage import LISTING, edited, free_port, process, sites, storage_site

VARIABLE = "WALDUR_CSCS_STORAGE_PROXY_CONFIG_PATH"
OFF = {"DISABLE_AUTH": "true"}


@pytest.fixture(scope="module")
def served():
    site = storage_site()
    with sites(site) as (first, second):
        yield site, first, second


@pytest.fixture
def config(served, tmp_path):
    """Writes the settings of the served site with changes, and names the file."""

    def write(**changes):
        site, first, second = served
        path = tmp_path / "proxy.yaml"
        path.write_text(yaml.safe_dump(edited(site, first.url, second.url, changes)))
        return path

    return write


def get(url, token="", **query):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.get(f"{url}{LISTING}", params=query, headers=headers, trust_env=False, timeout=60)


def refusal(tmp_path, *arguments, environ=None):
    """The status and the lines of a command that does not begin to serve."""
    with process(tmp_path, "storage-proxy", *arguments, environ=environ) as run:
        status = run.popen.wait(60)
        assert "Traceback" not in run.told
        return status, run.told


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_a_signal_and_its_log_holds_no_secret_and_no_query(served, config, tmp_path, by):
    site = served[0]
    token = site.realm.mint()
    with process(tmp_path, "storage-proxy", "-c", config(), "--port", 0) as run:
        answer = get(run.url, token, data_type="hush-of-a-query")
        assert (answer.status_code, "server" in answer.headers) == (200, False)
        assert get(run.url, token).json()["pagination"]["total"] == 9
        assert run.end(by) == 0
        told = run.told
    secrets = [site.reader.token, "identity-sandbox", token, token.split(".")[1], "hush-of-a-query"]
    assert [secret for secret in secrets if secret in told] == []
    assert "served method=GET path=/api/storage-resources/ status=200" in told
    assert "caller=mkeller" in told
    assert "Traceback" not in told


def test_the_settings_may_be_named_by_the_variable(config, tmp_path):
    environ = {VARIABLE: str(config()), **OFF}
    with process(tmp_path, "storage-proxy", "--port", 0, "--mock", environ=environ) as run:
        answer = get(run.url)
        assert (answer.status_code, int(answer.headers["X-Mock-Identities"]) > 0) == (200, True)
        assert run.end() == 0
        warnings = [line for line in run.told.splitlines() if " open reason=" in line]
    assert ["authentication is off" in warnings[0], "made up" in warnings[1], len(warnings)] == [True, True, 2]


@pytest.mark.parametrize("factory", [(), ("--factory",)])
def test_uvicorn_serves_it_by_the_line_that_is_documented(config, tmp_path, factory):
    port = free_port()
    name = "create_app" if factory else "app"
    arguments = [*factory, f"federation_runner.asgi:{name}", "--host", "127.0.0.1", "--port", port]
    environ = {VARIABLE: str(config()), "DEBUG": "true", "PYTHONUNBUFFERED": "1", **OFF}
    with process(tmp_path, *arguments, environ=environ, module="uvicorn") as run:
        url = f"http://127.0.0.1:{port}"
        run.wait_until_healthy(url)
        assert get(url, storage_system="vast").status_code == 200
        run.end()
        assert "authentication is off" in run.told
        assert "served method=GET path=/api/storage-resources/ status=200" in run.told
        assert "storage_system=vast" not in run.told


def test_uvicorn_ends_with_status_2_where_the_settings_are_wrong(tmp_path):
    with process(
        tmp_path, "federation_runner.asgi:app", environ={VARIABLE: str(tmp_path / "none.yaml")}, module="uvicorn"
    ) as run:
        assert run.popen.wait(60) == 2
        assert "error: " in run.told
        assert "Traceback" not in run.told


class TestMistakes:
    def test_no_settings(self, tmp_path):
        status, told = refusal(tmp_path, environ={VARIABLE: ""})
        assert (status, VARIABLE in told) == (2, True)

    def test_a_file_that_is_not_there(self, tmp_path):
        status, told = refusal(tmp_path, "-c", tmp_path / "none.yaml")
        assert (status, "none.yaml" in told) == (2, True)

    def test_all_mistakes_at_once_and_no_value_of_a_secret(self, config, tmp_path):
        changes = {
            "waldur_api_url": None,
            "storage_systems": {},
            "auth": {"keycloak_client_id": ""},
            "gid_fallback": "guess",
        }
        status, told = refusal(tmp_path, "-c", config(**changes, hpc_user_api={"socks_proxy": "localhost:12345"}))
        assert status == 2
        wanted = ["waldur_api_url", "storage_systems", "keycloak_client_id", "gid_fallback", "socks_proxy"]
        assert [name for name in wanted if name not in told] == []
        assert "identity-sandbox" not in told

    def test_a_port_that_is_taken(self, config, tmp_path):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            status, told = refusal(tmp_path, "-c", config(), "--port", port)
        assert (status, str(port) in told) == (2, True)

    @pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3"])  # noqa: S104 - refused
    def test_everybody_is_not_served_by_one_mistake_alone(self, config, tmp_path, host):
        status, told = refusal(tmp_path, "-c", config(), "--host", host, environ=OFF)
        assert (status, "auth.allow_remote_without_auth" in told) == (2, True)
