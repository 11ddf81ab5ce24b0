"""The servers that help a live picture through a network: none, unless the environment names some.

`FER_ICE_SERVERS` is a JSON list as browsers take it. `FER_TURN_URLS` (comma separated) and
`FER_TURN_SECRET` name a TURN server that takes short-lived passwords, as coturn does with
`use-auth-secret` (draft-uberti-behave-turn-rest-00). The same list serves the browser and the
app, which itself uses the first TURN address of it.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import time
from typing import Any

import streamlit as st

from fer_core.errors import FerError

LIFETIME_S = 12 * 3600
# Expiries are whole hours: sessions of the same hour get the same password, so that what the
# component remembers of its arguments does not grow with every visitor.
STEP_S = 3600
# As aiortc reads them: it knows no IPv6 literal here, and fails at START on what it cannot read.
STUN_URL = re.compile(r"stuns?:[^\s,?:]+(:\d+)?")
TURN_URL = re.compile(r"turns?:[^\s,?:]+(:\d+)?(\?transport=(udp|tcp))?")


def rtc_configuration() -> dict[str, Any]:
    """The servers for both ends of a stream, `{"iceServers": […]}`.

    A TURN password is made once for each browser session and kept in `st.session_state`, so that
    the component's arguments stay the same; a new one is made when it has expired. The secret
    itself is in no result and no message.

    Raises:
        FerError: a variable does not hold what it should.
    """
    servers = _listed_servers(os.environ.get("FER_ICE_SERVERS") or "[]")
    urls = [url.strip() for url in os.environ.get("FER_TURN_URLS", "").split(",") if url.strip()]
    secret = os.environ.get("FER_TURN_SECRET", "")
    if bool(urls) != bool(secret):
        raise FerError(
            "Expected FER_TURN_URLS and FER_TURN_SECRET to be set together. Received only one of "
            "them. Set both where the app is started, or neither."
        )
    if not all(TURN_URL.fullmatch(url) for url in urls):
        raise FerError(
            "Expected FER_TURN_URLS to hold addresses such as turn:turn.example.org:3478, with "
            "commas between them. Received something else. Correct it where the app is started."
        )
    if urls:
        now_s = time.time()
        expiry_s, server = st.session_state.get("ice_turn", (0, {}))
        if now_s >= expiry_s:
            expiry_s = int(now_s) // STEP_S * STEP_S + LIFETIME_S
            server = turn_server(urls, secret, expiry_s=expiry_s)
            st.session_state["ice_turn"] = expiry_s, server
        servers.append(server)
    return {"iceServers": servers}


def turn_server(urls: list[str], secret: str, *, expiry_s: int) -> dict[str, Any]:
    """One entry of `iceServers` with a password that the TURN server takes until `expiry_s`.

    Args:
        urls: addresses of one server, `turn:` or `turns:`.
        secret: what the app and the TURN server share.
        expiry_s: seconds since 1970, UTC.
    """
    username = f"{expiry_s}:fer"
    digest = hmac.digest(secret.encode(), username.encode(), hashlib.sha1)
    return {
        "urls": urls,
        "username": username,
        "credential": base64.b64encode(digest).decode("ascii"),
    }


def _listed_servers(text: str) -> list[dict[str, Any]]:
    try:
        servers = json.loads(text)
    except ValueError:
        servers = None
    if not isinstance(servers, list) or not all(map(_is_server, servers)):
        raise FerError(
            'Expected FER_ICE_SERVERS to be a JSON list such as [{"urls": "turn:…"}]. '
            "Received something else. Correct it where the app is started, or unset it."
        )
    return servers


def _is_server(entry: object) -> bool:
    urls = entry.get("urls") if isinstance(entry, dict) else None
    listed = urls if isinstance(urls, list) else [urls]
    return bool(listed) and all(
        isinstance(url, str) and (STUN_URL.fullmatch(url) or TURN_URL.fullmatch(url))
        for url in listed
    )
