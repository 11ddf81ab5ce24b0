"""The list of servers for a stream, and the TURN passwords in it."""

from collections.abc import Iterator

import pytest
import streamlit as st

from fer_core.errors import FerError
from ui import ice

URL = "turn:turn.example.org:3478"


@pytest.fixture(autouse=True)
def fresh_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    for name in ("FER_ICE_SERVERS", "FER_TURN_URLS", "FER_TURN_SECRET"):
        monkeypatch.delenv(name, raising=False)
    session: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", session)
    yield session


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    now = {"s": 1_700_001_234.5}
    monkeypatch.setattr(ice.time, "time", lambda: now["s"])
    return now


def set_turn(monkeypatch: pytest.MonkeyPatch, urls: str = URL, secret: str = "north") -> None:
    monkeypatch.setenv("FER_TURN_URLS", urls)
    monkeypatch.setenv("FER_TURN_SECRET", secret)


@pytest.mark.parametrize("text", [None, "", "[]"])
def test_no_server_is_named_by_default(monkeypatch: pytest.MonkeyPatch, text: str | None) -> None:
    if text is not None:
        monkeypatch.setenv("FER_ICE_SERVERS", text)
    assert ice.rtc_configuration() == {"iceServers": []}


def test_listed_servers_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FER_ICE_SERVERS", '[{"urls": "stun:stun.example.org"}]')
    set_turn(monkeypatch, f"{URL}, turns:turn.example.org:5349?transport=tcp")
    first, second = ice.rtc_configuration()["iceServers"]
    assert first == {"urls": "stun:stun.example.org"}
    assert second["urls"] == [URL, "turns:turn.example.org:5349?transport=tcp"]


def test_password_is_the_one_that_coturn_computes() -> None:
    # From: printf %s 1700000000:fer | openssl dgst -sha1 -hmac north -binary | base64
    assert ice.turn_server([URL], "north", expiry_s=1_700_000_000) == {
        "urls": [URL],
        "username": "1700000000:fer",
        "credential": "i9WCyBBIV3D/ZSC5KulJ7sADjX4=",
    }


def test_password_lasts_at_most_twelve_hours_and_at_least_eleven(
    monkeypatch: pytest.MonkeyPatch, clock: dict[str, float]
) -> None:
    set_turn(monkeypatch)
    username = ice.rtc_configuration()["iceServers"][0]["username"]
    assert 11 * 3600 <= int(username.split(":")[0]) - clock["s"] <= 12 * 3600


def test_password_stays_the_same_within_a_session(
    monkeypatch: pytest.MonkeyPatch, clock: dict[str, float]
) -> None:
    set_turn(monkeypatch)
    first = ice.rtc_configuration()
    clock["s"] += 10 * 3600
    assert ice.rtc_configuration() == first


def test_password_is_renewed_when_it_has_expired(
    monkeypatch: pytest.MonkeyPatch, clock: dict[str, float]
) -> None:
    set_turn(monkeypatch)
    first = ice.rtc_configuration()
    clock["s"] += 13 * 3600
    assert ice.rtc_configuration() != first


def test_sessions_of_one_hour_share_a_password(
    monkeypatch: pytest.MonkeyPatch, clock: dict[str, float], fresh_session: dict[str, object]
) -> None:
    set_turn(monkeypatch)
    first = ice.rtc_configuration()
    fresh_session.clear()
    clock["s"] += 60
    assert ice.rtc_configuration() == first


def test_secret_goes_nowhere(
    monkeypatch: pytest.MonkeyPatch, fresh_session: dict[str, object]
) -> None:
    set_turn(monkeypatch, secret="north-by-northwest")
    assert "north-by" not in repr(ice.rtc_configuration()) + repr(fresh_session)
    set_turn(monkeypatch, urls="http://example.org", secret="north-by-northwest")
    with pytest.raises(FerError) as refused:
        ice.rtc_configuration()
    assert "north-by" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    ["{", "{}", "3", '["turn:x"]', '[{"url": "turn:x"}]', '[{"urls": []}]', '[{"urls": "x"}]'],
)
def test_bad_list_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FER_ICE_SERVERS", text)
    with pytest.raises(FerError, match="FER_ICE_SERVERS to be a JSON list"):
        ice.rtc_configuration()


@pytest.mark.parametrize(("urls", "secret"), [(URL, ""), ("", "north"), (" , ", "north")])
def test_half_a_turn_server_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, urls: str, secret: str
) -> None:
    set_turn(monkeypatch, urls, secret)
    with pytest.raises(FerError, match="set together"):
        ice.rtc_configuration()


@pytest.mark.parametrize(
    "urls", ["stun:x", "turn:", "turn:[2001:db8::1]:3478", f"{URL} {URL}", f"{URL}?transport=tls"]
)
def test_wrong_turn_address_gets_a_sentence(monkeypatch: pytest.MonkeyPatch, urls: str) -> None:
    set_turn(monkeypatch, urls)
    with pytest.raises(FerError, match="addresses such as turn:"):
        ice.rtc_configuration()


@pytest.mark.parametrize("url", [URL, "turn:192.0.2.1?transport=udp", "turns:a.org:443"])
def test_turn_address_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    set_turn(monkeypatch, url)
    assert ice.rtc_configuration()["iceServers"][0]["urls"] == [url]
