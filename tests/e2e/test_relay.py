"""Live video through a real TURN server, for networks that let nothing else through."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests.e2e.conftest import ACTION_TIMEOUT_MS
from tests.e2e.hosting import (
    READING,
    ROOT,
    Program,
    expect_reading,
    free_ports,
    needed,
    press_start,
    running,
    running_app,
)

SECRET = "a secret of this test only"
# Every connection of the page may use the relay and nothing else, and can be looked at.
RELAY_ONLY = """(() => {
  window.peers = [];
  window.refusals = [];
  const Direct = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Direct {
    constructor(configuration) {
      super({...configuration, iceTransportPolicy: "relay"});
      window.peers.push(this);
      this.addEventListener("icecandidateerror", event => window.refusals.push(event.errorCode));
    }
  };
})()"""
CONNECTION = """async () => {
  const report = await window.peers.at(-1).getStats();
  const pair = [...report.values()].find(entry => entry.type === "candidate-pair"
    && entry.nominated && entry.state === "succeeded");
  return {
    mine: report.get(pair.localCandidateId).candidateType,
    theirs: [...report.values()].filter(entry => entry.type === "remote-candidate")
      .map(entry => entry.candidateType),
    sent: pair.bytesSent,
    configuration: JSON.stringify(window.peers.at(-1).getConfiguration()),
  };
}"""


@contextmanager
def running_turn(port: int, secret: str, folder: Path) -> Iterator[Program]:
    """The relay with the settings that are shipped, on this machine only."""
    settings = folder / "turnserver.conf"
    shipped = (ROOT / "deploy" / "turnserver.conf").read_text(encoding="utf-8")
    here = [
        f"listening-port={port}",
        "listening-ip=127.0.0.1",
        "relay-ip=127.0.0.1",
        "allow-loopback-peers",
        "allowed-peer-ip=0.0.0.0-255.255.255.255",  # the app has this machine's own addresses
        "no-tls",
        "no-dtls",
        "realm=localhost",
        f"static-auth-secret={secret}",
        f"userdb={folder / 'turn.db'}",
        f"pidfile={folder / 'turn.pid'}",
        "verbose",
    ]
    own = {line.split("=")[0] for line in here}
    kept = [
        line for line in shipped.splitlines() if line.split("=")[0] not in own - {"allowed-peer-ip"}
    ]
    settings.write_text("\n".join([*kept, *here]) + "\n", encoding="utf-8")
    command = [needed("turnserver", "coturn"), "-c", str(settings)]
    with running(command, "Total General servers", cwd=folder) as turn:
        yield turn


@pytest.fixture(scope="module")
def turn_port() -> int:
    needed("turnserver", "coturn")
    return free_ports(1)[0]


@pytest.fixture(scope="module")
def relayed_app(turn_port: int) -> Iterator[str]:
    port = free_ports(1)[0]
    urls = f"turn:127.0.0.1:{turn_port}?transport=udp"
    with running_app(port, FER_TURN_URLS=urls, FER_TURN_SECRET=SECRET) as app:
        yield f"http://127.0.0.1:{port}"
    assert SECRET not in app.log


@pytest.fixture
def relay_page(browser: Browser, relayed_app: str) -> Iterator[Page]:
    with browser.new_context(base_url=relayed_app) as context:
        context.set_default_timeout(ACTION_TIMEOUT_MS)
        context.add_init_script(RELAY_ONLY)
        yield context.new_page()


def component(page: Page) -> Frame:
    frame = page.locator("iframe[title*='webrtc']").element_handle().content_frame()
    assert frame
    return frame


def test_picture_comes_through_the_relay(relay_page: Page, turn_port: int, tmp_path: Path) -> None:
    with running_turn(turn_port, SECRET, tmp_path) as turn:
        press_start(relay_page)
        expect_reading(relay_page)
        connection = component(relay_page).evaluate(CONNECTION)
        assert connection["mine"] == "relay" and connection["sent"] > 0
        assert "relay" in connection["theirs"], "the app offers no address of the relay"
        assert ":fer" in connection["configuration"] and SECRET not in connection["configuration"]
        assert "ALLOCATE processed, success" in turn.log
        assert ":fer>" in turn.log, "the relay saw no user name of ours"


def test_wrong_secret_brings_no_picture(relay_page: Page, turn_port: int, tmp_path: Path) -> None:
    with running_turn(turn_port, "another secret", tmp_path) as turn:
        press_start(relay_page)
        component(relay_page).wait_for_function("window.refusals.includes(401)")
        component(relay_page).wait_for_function(
            "window.peers.every(peer => peer.iceGatheringState === 'complete')"
        )
        expect(relay_page.get_by_text(READING)).to_have_count(0)
        assert "ALLOCATE processed, success" not in turn.log
