"""`storage-proxy`: serve storage resources of Waldur as the CSCS hierarchy."""

import ipaddress
import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from federation_core.domain.errors import ConfigurationError, Finding
from federation_runner.cli.errors import UsageMistakeError
from federation_runner.cli.options import MOST_PORT
from federation_runner.cli.sandbox_command import check_free
from federation_runner.cli.status import FAILED, FINE

if TYPE_CHECKING:
    from federation_runner.settings.proxy import ProxySettings

CONFIG_PATH = "WALDUR_CSCS_STORAGE_PROXY_CONFIG_PATH"
HOST, PORT = "127.0.0.1", 8080


@click.command("storage-proxy")
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    envvar=CONFIG_PATH,
    help=f"The settings; {CONFIG_PATH} if left out.",
)
@click.option("--host", default=HOST, show_default=True, help="Address to listen at.")
@click.option(
    "--port", type=click.IntRange(0, MOST_PORT), default=PORT, show_default=True, help="Port; any free one if 0."
)
@click.option("--reload", "reloads", is_flag=True, help="Start anew when the software changes; for development.")
@click.option("--mock", is_flag=True, help="Make all Unix ids up, and ask nobody for them; for development.")
def command(config: Path | None, host: str, port: int, reloads: bool, mock: bool) -> int:
    """Serve storage resources of Waldur as the CSCS hierarchy, until interrupted.

    The settings are a file of their own; environment variables count before it. SIGINT (Ctrl-C) and SIGTERM let requests under way
    finish; then the status is 0.
    """
    if config is None:
        raise UsageMistakeError(f"name the settings with --config, or in {CONFIG_PATH}")
    settings = _settings(config, mock=mock)
    _judge_address(settings, host)
    check_free("--port", port, host, any_free="write 0")
    return _serve(settings, config, host, port, reloads=reloads, mock=mock)


def _settings(config: Path, *, mock: bool) -> "ProxySettings":
    from federation_runner.settings.proxy import load_proxy

    settings = load_proxy(config, os.environ)
    return settings.mocked() if mock else settings


def _judge_address(settings: "ProxySettings", host: str) -> None:
    """Refuse to serve everything to everybody by one mistake alone.

    Raises:
        ConfigurationError: authentication is off, and *host* is not loopback.
    """
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = host == "localhost"
    if settings.stays_local and not is_loopback:
        cause = f"authentication is off, and {host} is no loopback address"
        fix = "switch it on, listen at 127.0.0.1, or set auth.allow_remote_without_auth as well"
        raise ConfigurationError(Finding("auth.disable_auth", cause, fix))


def _serve(settings: "ProxySettings", config: Path, host: str, port: int, *, reloads: bool, mock: bool) -> int:
    """Serve until a signal; uvicorn's own access log would show queries.

    Once all requests have their answers uvicorn raises the interruption anew, which is how this is meant to end. Where it cannot
    start it exits by itself, with a status that means something else here.
    """
    from federation_runner import asgi, logs

    try:
        import uvicorn
    except ImportError as error:
        raise asgi.not_installed(error) from None
    quiet: dict[str, Any] = {"log_config": None, "access_log": False, "server_header": False}
    if reloads:
        os.environ |= {CONFIG_PATH: str(config)} | ({asgi.MOCK: "1"} if mock else {})
        uvicorn.run("federation_runner.asgi:create_app", host=host, port=port, factory=True, reload=True, **quiet)
        return FINE

    class Announcing(uvicorn.Server):
        """Tells where it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            for listener in (one for server in self.servers for one in server.sockets):
                logs.STORAGE.info("%s", logs.line("listening", {"url": _url(*listener.getsockname()[:2])}))

    server = Announcing(uvicorn.Config(asgi.app_of(settings), host=host, port=port, **quiet))
    with suppress(KeyboardInterrupt, SystemExit):
        server.run()
    return FINE if server.started else FAILED


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
