"""`/hooks/<channel>/<account-slug>`: verify over the raw bytes, keep them, commit, answer 200. Understands nothing."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from hashlib import sha256

from baileo.city.messages.channel import Channel
from baileo.core.errors import BaileoError, NotFound, SignatureRefused
from baileo.web.api.hooks.accounts import AccountBook, Known
from baileo.web.api.hooks.intake import Arrival, Intake
from baileo.web.api.hooks.oversized import Oversized
from baileo.web.api.hooks.store import PayloadStore, Tally, Waker
from baileo.web.api.line import Line
from baileo.web.api.wire import BodyTooLarge, CallerGone, Receive, Scope, Send, answer, headers_of, query_of, read_body

log = logging.getLogger(__name__)
PREFIX = "/hooks/"
_PATH = re.compile(r"/hooks/([a-z0-9_]{1,40})/([A-Za-z0-9_-]{1,60})/?")
LONGEST_KEY = 200
COME_BACK_S = 15
# Kept beside the body. Names that carry a secret (Authorization, Telegram's secret token) are never in this list.
KEPT_HEADERS = ("content-type", "user-agent", "x-hub-signature-256", "x-hub-signature", "x-request-id")


class AccountPaused(BaileoError):
    """Known, but switched off or broken. The provider keeps the message and tries again later."""

    code = "account-paused"
    http_status = 503


class MethodNotAllowed(BaileoError):
    code = "method-not-allowed"
    http_status = 405


class HooksApp:
    """One per event loop. `close` commits what is waiting before the process goes."""

    def __init__(self) -> None:
        self._stores = Line("hooks")
        self._side = Line("hooks-side")
        self._book = AccountBook(self._side)
        self._intake = Intake(PayloadStore(self._stores))
        self._tally = Tally(self._side)
        self._waker = Waker(self._side)
        self._oversized = Oversized()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            text = await self._take(scope, receive)
        except CallerGone:
            return
        except BaileoError as error:
            headers = {"retry-after": str(COME_BACK_S)} if error.http_status == 503 else {}
            await answer(send, error.http_status, str(error), headers)
        except Exception as error:  # noqa: BLE001 - a provider that sees 500 may switch the webhook off
            log.error("A webhook call failed (%s); the provider was asked to repeat it.", type(error).__name__)
            await answer(send, 503, "Try again.", {"retry-after": str(COME_BACK_S)})
        else:
            await answer(send, 200, text)

    async def close(self) -> None:
        await self._intake.drain()
        await self._waker.finish()
        await self._tally.finish()
        await self._stores.close()
        await self._side.close()

    async def _take(self, scope: Scope, receive: Receive) -> str:
        account, adapter = await self._account(scope["path"])
        if scope["method"] == "GET":
            return _handshake(adapter, query_of(scope))
        if scope["method"] != "POST":
            raise MethodNotAllowed("Webhooks are called with POST; the provider's verification uses GET.")
        headers = headers_of(scope)
        body = await self._body(account, adapter, headers, receive)
        if not _is_genuine(account, adapter, headers, body):
            self._tally.refused(account.id)
            raise SignatureRefused("The signature does not fit the body. Check the secret of this account.")
        await self._intake.put(Arrival(account.id, _event_key(adapter, body), body, _kept(headers)))
        self._tally.accepted(account.id)
        self._waker.poke()
        return "ok"

    async def _account(self, path: str) -> tuple[Known, Channel]:
        found = _PATH.fullmatch(path)
        account = await self._book.find(found[1], found[2]) if found else None
        if account is None:
            raise NotFound("No channel account has this webhook address. Copy it from the back office.")
        if account.adapter is None:
            raise AccountPaused("This channel account is switched off or cannot work now. Try again later.")
        return account, account.adapter

    async def _body(self, account: Known, adapter: Channel, headers: Mapping[str, str], receive: Receive) -> bytes:
        try:
            return await read_body(headers, receive, most=adapter.largest_body)
        except BodyTooLarge as error:
            await self._oversized.record(account, error)
            raise


def _handshake(adapter: Channel, query: Mapping[str, str]) -> str:
    text = adapter.handshake(query)
    if text is None:
        raise SignatureRefused("The verification was not asked with this account's verify token.")
    return text


def _is_genuine(account: Known, adapter: Channel, headers: Mapping[str, str], body: bytes) -> bool:
    try:
        return adapter.verify(headers, body)
    except Exception as error:  # noqa: BLE001 - whatever a stranger sends that a plug-in did not expect is not genuine
        log.warning("Verifying a body for %s failed (%s); it was refused.", account.label, type(error).__name__)
        return False


def _event_key(adapter: Channel, body: bytes) -> str:
    """A body that is genuine but malformed is kept too, under its hash: understanding will reject it visibly."""
    try:
        key = adapter.event_key(body)
    except Exception:  # noqa: BLE001 - plug-in code over foreign bytes
        key = ""
    return key if 0 < len(key) <= LONGEST_KEY and "\0" not in key else sha256(body).hexdigest()


def _kept(headers: Mapping[str, str]) -> str:
    return json.dumps({name: headers[name][:300] for name in KEPT_HEADERS if name in headers})
