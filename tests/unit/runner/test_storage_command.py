"""What the storage proxy's command refuses before it serves anything."""

import socket

import pytest
import yaml
from tests.unit.settings.proxies import good

from federation_core.domain.errors import ConfigurationError
from federation_runner.cli import storage_proxy_command
from federation_runner.cli.errors import UsageMistakeError


@pytest.fixture
def refused(tmp_path, monkeypatch):
    """What is told of these options."""
    config = tmp_path / "storage-proxy.yaml"
    monkeypatch.delenv("DISABLE_AUTH", raising=False)

    def refusing(*options, document=None):
        config.write_text(yaml.safe_dump(good() if document is None else document), encoding="utf-8")
        with pytest.raises((ConfigurationError, UsageMistakeError)) as caught:
            storage_proxy_command.command.main(["-c", str(config), *options], standalone_mode=False)
        return str(caught.value)

    return refusing


def test_a_port_that_is_in_use(refused):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"--port {port} is in use; name another, or write 0 for any free one" in refused("--port", port)


def test_an_address_of_another_machine(refused):
    assert "nobody can listen at 192.0.2.1: " in refused("--host", "192.0.2.1", "--port", "0")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "storage.example.org"])  # noqa: S104 - that is what is refused
def test_everything_to_everybody_by_one_mistake_alone(refused, host):
    document = good(("auth", {"disable_auth": True}))
    assert "authentication is off, and " in refused("--host", host, document=document)
