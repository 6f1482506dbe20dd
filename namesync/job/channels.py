"""Who is told: a webhook, and whatever Apprise knows. What goes wrong is told without the address, which is a secret."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from namesync import __version__
from namesync.config import Config
from namesync.config.variables import expand
from namesync.errors import ConfigError, UsageError
from namesync.job.message import Message, text
from namesync.job.outbox import NotDelivered, Send
from namesync.sources.waiting import within

TIMEOUT_S = 10
"""For one attempt, from the resolving of the receiver's name to its answer."""


def channels(config: Config, variables: Mapping[str, str]) -> dict[str, Send]:
    """The configured channels by name. Raises `ConfigError`; `UsageError` where Apprise is wanted and not installed."""
    found: dict[str, Send] = {}
    if config.job.webhook:
        url = expand(config.job.webhook, variables, environment="", key="webhook")
        if not url.lower().startswith(("http://", "https://")):
            raise ConfigError("[job]: `webhook` is no http:// or https:// URL")
        found["webhook"] = partial(_post, url)
    for number, written in enumerate(config.job.apprise, 1):
        url = expand(written, variables, environment="", key="apprise")
        found[f"apprise {number}"] = partial(_notify, _apprise(url, number))
    return found


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        """A POST that is sent elsewhere would become a GET."""


def _post(url: str, message_id: str, message: Message) -> None:
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"namesync/{__version__}",
        "Idempotency-Key": message_id,
    }
    body = json.dumps({"id": message_id, **message}).encode()

    def send() -> None:
        address, known = _address(url)
        request = Request(address, body, headers | known, method="POST")  # noqa: S310 - the scheme is checked above
        with build_opener(_NoRedirect).open(request, timeout=TIMEOUT_S):
            return

    try:
        return within(TIMEOUT_S, send)
    except HTTPError as error:
        error.close()
        trouble = NotDelivered(f"answered {error.code}", final=error.code < 500 and error.code not in (408, 425, 429))
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        trouble = NotDelivered(f"no answer ({type(reason).__name__})")
    raise trouble  # outside the handlers: what urllib raised may hold the URL


def _address(url: str) -> tuple[str, dict[str, str]]:
    """The URL without user and password, which urllib would look up as a part of the host's name, and the header they go to."""
    parts = urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    known = {"Authorization": f"Basic {b64encode(unquote(userinfo).encode()).decode()}"} if at else {}
    return parts._replace(netloc=host).geturl(), known


@contextmanager
def _unlogged() -> Iterator[None]:
    """Nothing is logged: Apprise, and the libraries under it, name addresses."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        yield
    finally:
        logging.disable(before)


def _apprise(url: str, number: int) -> Any:
    try:
        import apprise
    except ImportError:
        raise UsageError("`apprise` in [job] needs Apprise, which is not installed", "pip install 'namesync[job]'") from None
    service = apprise.Apprise()
    with _unlogged():
        added = service.add(url)
    if not added:
        raise ConfigError(f"[job]: entry {number} of `apprise` is no URL that Apprise knows")
    return service


def _notify(service: Any, message_id: str, message: Message) -> None:
    try:
        words = {"title": message["title"], "body": f"{text(message)}\n\n[{message_id}]"}
        with _unlogged():
            delivered = within(TIMEOUT_S, partial(service.notify, **words))
    except Exception as error:  # noqa: BLE001 - plugins of others raise what they like, and may name the address
        delivered, kind = False, type(error).__name__
    else:
        kind = "it says no more"
    if not delivered:
        raise NotDelivered(f"Apprise could not deliver it ({kind})")
