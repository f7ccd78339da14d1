"""The ways to answer one body that `test_layer_serving` compares: a layer of Sira, and two of the framework.

Run as ``python served.py FOLDER BODY SOCKET_FD``: Sira's own application with its store in FOLDER, every layer's body
replaced by the file BODY, so that all answer the same bytes; ``/dict``, which returns that body as a dict through
FastAPI; and ``/static``, which returns the bytes as they are.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import orjson
import uvicorn
from starlette.responses import Response

from api.app import create_app
from api.base.settings import Settings
from api.commands.serve import server_options
from api.layers import serving


def main(folder: str, body_file: str, descriptor: str) -> None:
    body = Path(body_file).read_bytes()
    content = orjson.loads(body)
    serving.layer_body = lambda *_: body  # type: ignore[assignment]
    app = create_app(Settings(home=Path(folder), store=""))

    app.state.planners.start = lambda: None  # makes nothing beside what is measured

    @app.get("/dict")
    async def as_dict():  # type: ignore[no-untyped-def] # as most services have it: no model, no annotation
        return content

    @app.get("/static")
    async def as_bytes() -> Response:
        return Response(body, media_type="application/geo+json")

    listening = socket.socket(fileno=int(descriptor))
    uvicorn.Server(uvicorn.Config(app, **server_options())).run([listening])


if __name__ == "__main__":
    main(*sys.argv[1:])
