"""Sira as `test_bench_ogc` measures it, with its store in FOLDER: ``python served_ogc.py FOLDER SOCKET_FD``.

As ``sira serve`` runs it, but for the assessment and the roads, which would be made in the background meanwhile.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import uvicorn

from api.app import create_app
from api.base.settings import Settings
from api.commands.serve import server_options


def main(folder: str, descriptor: str) -> None:
    app = create_app(Settings(home=Path(folder), store=""))
    app.state.planners.start = lambda: None  # makes nothing beside what is measured
    uvicorn.Server(uvicorn.Config(app, **server_options())).run([socket.socket(fileno=int(descriptor))])


if __name__ == "__main__":
    main(*sys.argv[1:])
