"""A daemon's own side (``runtime.daemons``): it hears callers, one after the other, until nobody needs it."""

from __future__ import annotations

import hmac
import logging
import os
import signal
import socket
import time
from contextlib import closing
from types import FrameType
from typing import Any, NoReturn, Protocol

from pydantic import BaseModel, ConfigDict

from seqplay.runtime.daemons import Address, Channel, publish
from seqplay.runtime.owner import Owner

IDLE_SECONDS = 1200.0
"""How long a daemon stays without a job: longer than a validation takes, shorter than anybody wants to pay for it."""
LOOK_SECONDS = 1.0
"""How often it looks whether the run is still there."""
GREETING_SECONDS = 10.0
"""How long a caller may take to say what it wants."""


class DaemonOrder(BaseModel):
    """What a daemon is started with: a line of JSON on its standard input."""

    model_config = ConfigDict(frozen=True)

    owner: Owner
    address: Address
    """Without its process, which is not known before."""


class Server(Protocol):
    """What a daemon does."""

    def answer(self, message: dict[str, Any], channel: Channel) -> bool:
        """Carry out a caller's order; say whether to go on. ``OSError`` means that the caller is gone."""

    def close(self) -> None:
        """Free what the daemon holds."""


def serve(address: Address, owner: Owner, server: Server) -> None:
    """Publish the address, with this process's number, and answer callers: until it is told to stop, the run has ended,
    or nobody has asked for anything for ``IDLE_SECONDS``.

    Who does not know the address's token gets no answer.
    """
    signal.signal(signal.SIGTERM, _stop)
    here = address.model_copy(update={"pid": os.getpid()})
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(here.socket)
        listener.listen()
        listener.settimeout(LOOK_SECONDS)
        try:
            publish(here)
            _hear(listener, here.token, owner, server)
        finally:
            server.close()  # before the address goes: who finds none starts another, which needs the same GPU
            here.forget()


def _hear(listener: socket.socket, token: str, owner: Owner, server: Server) -> None:
    last = time.monotonic()
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            if not owner.alive() or time.monotonic() - last > IDLE_SECONDS:
                logging.info("the run has ended, or has not asked for anything for long")
                return
            continue
        connection.settimeout(GREETING_SECONDS)
        with closing(Channel(connection)) as channel:
            message = _greeting(channel, token)
            if message is not None:
                connection.settimeout(None)
                try:
                    if not server.answer(message, channel):
                        return
                except OSError:  # a job that was killed asks again
                    logging.info("a caller has left")
        last = time.monotonic()


def _greeting(channel: Channel, token: str) -> dict[str, Any] | None:
    """Return what a caller wants; none where it is gone, says no message at all, or does not know the token."""
    try:
        message = channel.receive()
        known = hmac.compare_digest(str(message.get("token")), token)
    except (OSError, EOFError, ValueError, AttributeError):
        return None
    return message if known else None


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
