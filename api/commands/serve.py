"""``sira serve``: the service on this machine."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import closing
from types import FrameType
from typing import Any, Final

import click
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.commands.session import Session, pass_session
from geo.core.errors import ParameterError
from geo.core.memory import share_memory
from geo.core.messages import message

#: How long a service that is told to stop may take to end in order: then it ends whatever is being made.
_ORDERLY_S: Final = 2.0


class _Server(uvicorn.Server):
    """Says where it answers once it does, and ends soon after it is told to."""

    def __init__(self, app: FastAPI, session: Session) -> None:
        super().__init__(uvicorn.Config(app, **server_options()))
        self._app = app
        self._session = session
        self._told = threading.Event()
        threading.Thread(target=self._end_in_time, name="sira-end", daemon=True).start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._told.set()
        super().handle_exit(sig, frame)

    def _end_in_time(self) -> None:
        """End the process where answers or planners are still being made: they are in memory alone.

        What is being written is left as it was: the store's transactions and files are whole or not at all.
        """
        self._told.wait()
        until = time.monotonic() + _ORDERLY_S
        self._app.state.files.stop()
        self._app.state.service.assessor.close()
        time.sleep(max(until - time.monotonic(), 0.0))
        self._app.state.files.remove()
        os._exit(0)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            self._session.say(message("Sira answers at {address}", address=address_of(sockets[0])))


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Adresse d'écoute / address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="0: libre / any free.")
@pass_session
def serve(session: Session, host: str, port: int) -> None:
    """Démarrer le service / start the service."""
    share_memory()
    with closing(listen(host, port)) as listening:
        if session.store.synthetic_only():
            session.say(
                message(
                    "The store holds only synthetic data: everything is open to this machine, under {names}.",
                    names=("127.0.0.1", "localhost"),
                )
            )
        app = create_app(session.settings)
        app.state.service.begin_assessing(session.store.revision())
        _Server(app, session).run([listening])


def server_options() -> dict[str, Any]:
    """Return how uvicorn runs Sira: no line per request, since addresses tell what people ask for; and the peer is
    whoever connected, whatever a header says."""
    return {
        "access_log": False,
        "log_level": "warning",
        "proxy_headers": False,
        "server_header": False,
        "lifespan": "on",
    }


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`; raises `ParameterError` where that cannot be."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        raise ParameterError(
            message(
                "Sira cannot listen on {host}, port {port}: {reason}.", host=host, port=port, reason=error.strerror
            ),
            parameter="port",
        ) from error


def address_of(listening: socket.socket) -> str:
    """Return the address that a browser on this machine opens."""
    host, port = listening.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not listened on
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


COMMANDS: Final = (serve,)
