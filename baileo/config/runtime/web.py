"""The web process: one uvicorn, on an address of its own or on the supervisor's listening socket."""

from __future__ import annotations

import socket
from types import FrameType
from typing import Any

import uvicorn

from baileo.config.asgi import application
from baileo.config.environment import Environment

OPEN_REQUESTS_MAY_FINISH_S = 2


class _Server(uvicorn.Server):
    """Open event streams never end by themselves: they are told first that we are going."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        application.closing()
        super().handle_exit(sig, frame)


def serve(env: Environment, *, listening: socket.socket) -> None:
    """Answer requests until told to stop."""
    _Server(config_for(env, application)).run(sockets=[listening])


def config_for(env: Environment, app: Any) -> uvicorn.Config:
    """Only proxies named in the settings may say who the visitor is and whether TLS was used."""
    return uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # addresses of providers' handshakes carry their tokens
        server_header=False,
        proxy_headers=bool(env.trusted_proxies),
        forwarded_allow_ips=list(env.trusted_proxies),
        timeout_graceful_shutdown=OPEN_REQUESTS_MAY_FINISH_S,
    )
