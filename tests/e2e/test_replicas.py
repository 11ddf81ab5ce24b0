"""Two replicas behind a real nginx with TLS, from the template that the containers use."""

import os
import re
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.conftest import ACTION_TIMEOUT_MS
from tests.e2e.hosting import (
    ROOT,
    expect_reading,
    filled,
    free_ports,
    give,
    large_photo,
    needed,
    press_start,
    running,
    running_app,
)
from tests.e2e.test_pages import ADDRESSES, expect_drawn
from tests.media_corpus import face_image

# What the image of the container has around the template.
AROUND = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr notice;
events {{}}
http {{
    log_format replicas '$cookie_fer_place$sent_http_set_cookie $upstream_addr $status $uri';
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/default.conf;
}}
"""
PLACE = re.compile(r"^(?:fer_place=)?([0-9a-f]{32})\S*(?:; \S+)* (127\.0\.0\.\d:\d+) (\d+) (\S+)$")
UNBUFFERED = os.environ | {"PYTHONUNBUFFERED": "1"}
# Told to the test through the console, which a page that leaves cannot forget.
REPORT_REFUSALS = """document.addEventListener("securitypolicyviolation", event =>
  console.error("REFUSED", event.effectiveDirective, event.blockedURI))"""


@dataclass(frozen=True)
class Site:
    """The hosted app: its address and what its web server wrote down."""

    port: int
    plain_port: int
    log: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    def visits(self) -> list[tuple[str, str, str, str]]:
        """Browser's place, replica, status and path of each request so far."""
        lines = self.log.read_text(encoding="utf-8").splitlines()
        found = [PLACE.match(line) for line in lines]
        return [match.group(1, 2, 3, 4) for match in found if match]


def write_certificate(folder: Path) -> None:
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = [needed("openssl", "openssl"), "req", "-x509", "-days", "2", *kind, *subject, *files]
    subprocess.run(command, check=True, capture_output=True)


def configured(
    nginx: str, folder: Path, *, servers: str, port: int, plain_port: int, log: Path
) -> list[str]:
    """The command that starts nginx with the template of the containers."""
    write_certificate(folder)
    template = filled(
        ROOT / "deploy" / "nginx.conf",
        FER_DOMAIN="localhost",
        FER_APP_SERVERS=servers,
        FER_HTTP_LISTEN=f"127.0.0.1:{plain_port}",
        FER_HTTPS_LISTEN=f"127.0.0.1:{port}",
        FER_TLS_FOLDER=str(folder),
        FER_ACCESS_LOG=f"{log} replicas",
    )
    (folder / "default.conf").write_text(template, encoding="utf-8")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder), encoding="utf-8")
    return [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    nginx = needed("nginx", "nginx-light")
    folder = tmp_path_factory.mktemp("nginx")
    port, plain_port, *replicas = free_ports(4)
    log = folder / "access.log"
    servers = "".join(f"server 127.0.0.1:{replica};" for replica in replicas)
    command = configured(nginx, folder, servers=servers, port=port, plain_port=plain_port, log=log)
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with ExitStack() as programs:
        for replica in replicas:
            settings = {
                "STREAMLIT_SERVER_COOKIE_SECRET": "of this test only",
                "STREAMLIT_BROWSER_SERVER_ADDRESS": "localhost",
            }
            programs.enter_context(running_app(replica, **settings))
        programs.enter_context(running(command, "using the", cwd=folder))
        yield Site(port, plain_port, log)


def trusting() -> ssl.SSLContext:
    """Takes any certificate: this one was made a moment ago."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def ask(site: Site, path: str, **sent: str) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to one request with these headers."""
    connection = HTTPSConnection("localhost", site.port, context=trusting(), timeout=30)
    try:
        connection.request("GET", path, headers=sent)
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def new_window(browser: Browser, site: Site) -> BrowserContext:
    context = browser.new_context(base_url=site.url, ignore_https_errors=True)
    context.set_default_timeout(ACTION_TIMEOUT_MS)
    context.add_init_script(REPORT_REFUSALS)
    return context


def refusals(page: Page) -> list[str]:
    """Fills up with what the content security policy refuses in this page."""
    found: list[str] = []
    page.on(
        "console", lambda said: found.append(said.text) if said.text.startswith("REFUSED") else None
    )
    return found


def test_health_and_headers(site: Site) -> None:
    status, headers = ask(site, "/_stcore/health")
    assert status == 200
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["x-content-type-options"] == "nosniff"
    assert "camera=(self)" in headers["permissions-policy"]
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert "Secure; HttpOnly" in headers["set-cookie"]


def test_a_browser_keeps_its_place_and_others_go_elsewhere(site: Site) -> None:
    for number in range(24):
        for _ in range(3):
            _, headers = ask(site, "/_stcore/health", Cookie=f"fer_place={number:032x}")
            assert "fer_place" not in headers.get("set-cookie", ""), "its place was changed"
    replicas: dict[str, set[str]] = {}
    for place, replica, _, _ in site.visits():
        replicas.setdefault(place, set()).add(replica)
    assert all(len(served) == 1 for served in replicas.values())
    assert len(set.union(*replicas.values())) == 2


def test_copies_that_share_a_name_keep_their_visitors(tmp_path: Path) -> None:
    """As the containers do: one name, an address for each copy."""
    nginx, unshare = needed("nginx", "nginx-light"), needed("unshare", "util-linux")
    port, plain_port, replica = free_ports(3)
    addresses = ("127.0.0.1", "127.0.0.2")
    site = Site(port, plain_port, tmp_path / "access.log")
    command = configured(
        nginx,
        tmp_path,
        servers=f"server copies:{replica};",
        port=port,
        plain_port=plain_port,
        log=site.log,
    )
    # The name is known to this nginx alone: it gets a list of names of its own.
    hosts = tmp_path / "hosts"
    hosts.write_text("".join(f"{address} copies\n" for address in addresses))
    named = ["sh", "-ec", 'mount --bind "$0" /etc/hosts; exec "$@"', str(hosts)]
    program = [unshare, "--mount", *named]
    if subprocess.run([*program, "true"], capture_output=True).returncode:
        pytest.skip("only root may give a program a list of names of its own")
    with ExitStack() as programs:
        for address in addresses:
            server = [sys.executable, "-m", "http.server", "--bind", address, str(replica)]
            programs.enter_context(running(server, "Serving", cwd=tmp_path, env=UNBUFFERED))
        programs.enter_context(running([*program, *command], "using the", cwd=tmp_path))
        for number in range(24):
            for _ in range(3):
                ask(site, "/", Cookie=f"fer_place={number:032x}")
    served: dict[str, set[str]] = {}
    for place, copy, _, _ in site.visits():
        served.setdefault(place, set()).add(copy)
    assert len(served) == 24 and all(len(copies) == 1 for copies in served.values())
    assert set.union(*served.values()) == {f"{address}:{replica}" for address in addresses}


def test_every_page_is_drawn_and_nothing_in_it_is_refused(browser: Browser, site: Site) -> None:
    with new_window(browser, site) as context:
        page = context.new_page()
        refused = refusals(page)
        for address in ADDRESSES:
            page.goto(address)
            expect_drawn(page)
        assert refused == []


def test_photo_and_camera_work_and_stay_on_one_replica(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    photo = tmp_path / "face.png"
    photo.write_bytes(large_photo(face_image(900)))
    with new_window(browser, site) as context:
        page = context.new_page()
        refused = refusals(page)
        page.goto("/Analyze_upload")
        give(page, photo)
        expect_reading(page)
        picture = page.get_by_role("img", name=re.compile("Person 1: "))
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0

        stream = press_start(page)
        expect_reading(page)
        stream.get_by_role("button", name="STOP").click()
        expect(stream.get_by_role("button", name="START")).to_be_visible()
        assert refused == []
        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    place = cookies["fer_place"]
    assert place["secure"] and place["httpOnly"]
    mine = [visit for visit in site.visits() if visit[0] == place["value"]]
    assert len({replica for _, replica, _, _ in mine}) == 1
    paths = " ".join(path for _, _, _, path in mine)
    assert "/_stcore/upload_file/" in paths and "/_stcore/stream" in paths and "/media/" in paths


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://localhost:{port}", 200), ("https://other.example.org", 403), ("null", 403)],
)
def test_pages_of_other_sites_are_turned_away(site: Site, origin: str, status: int) -> None:
    assert ask(site, "/_stcore/health", Origin=origin.format(port=site.port))[0] == status


def test_plain_http_leads_to_https(site: Site) -> None:
    connection = HTTPConnection("127.0.0.1", site.plain_port, timeout=30)
    try:
        connection.request("GET", "/Learn")
        answer = connection.getresponse()
        assert (answer.status, answer.getheader("location")) == (301, "https://localhost/Learn")
    finally:
        connection.close()


def test_another_name_gets_no_answer(site: Site) -> None:
    with (
        socket.create_connection(("127.0.0.1", site.port), timeout=30) as connection,
        pytest.raises(ssl.SSLError),
    ):
        trusting().wrap_socket(connection, server_hostname="other.example.org")
