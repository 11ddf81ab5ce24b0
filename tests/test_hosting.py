"""The files for hosting: what in them can break without anybody noticing.

They were never started as containers by these tests, which know no Docker; what nginx and the
relay do with their files is tested in e2e/test_replicas.py and e2e/test_relay.py.
"""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = (ROOT / "compose.yaml").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
NGINX = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))


def service(name: str) -> str:
    """The lines of one service."""
    return re.split(r"\n(?=  \w+:\n|\w)", COMPOSE.partition(f"\n  {name}:\n")[2])[0]


def in_image(path: str) -> bool:
    """Whether a file gets into the image: the last pattern that names it or a folder above it."""
    kept = True
    parts = path.split("/")
    above = ["/".join(parts[: count + 1]) for count in range(len(parts))]
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        names = parts if anywhere != pattern else above
        if any(fnmatch(name, anywhere) for name in names):
            kept = line.startswith("!")
    return kept


@pytest.mark.parametrize(
    "path",
    [
        "streamlit_app.py",
        "pages/1_Live_camera.py",
        "ui/page.py",
        "fer_core/detection/blazeface.py",
        "models/default",
        f"models/{(ROOT / 'models' / 'default').read_text().strip()}/model.tflite",
        ".streamlit/config.toml",
        "requirements.txt",
        "constraints.txt",
    ],
)
def test_what_the_app_needs_is_in_the_image(path: str) -> None:
    assert (ROOT / path).is_file()
    assert in_image(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".git/config",
        ".venv/bin/python",
        ".streamlit/secrets.toml",
        "bench/pipeline.py",
        "fer2013.csv",
        "fer_core/training/train.py",
        "fer_core/__pycache__/errors.cpython-312.pyc",
        "requirements-dev.txt",
        "runs/mine/history.csv",
        "tests/conftest.py",
    ],
)
def test_what_nobody_needs_or_may_see_stays_out_of_the_image(path: str) -> None:
    assert not in_image(path)


def test_image_runs_as_an_ordinary_user_with_what_the_app_needs_only() -> None:
    user = re.findall(r"^USER (\d+)", DOCKERFILE, re.MULTILINE)
    assert user and int(user[-1]) > 0
    assert re.findall(r"-r (\S+)", DOCKERFILE) == ["/requirements.txt"]
    assert "/_stcore/health" in DOCKERFILE.partition("HEALTHCHECK")[2]


@pytest.mark.parametrize("name", ["app", "nginx", "coturn"])
def test_every_service_is_hardened(name: str) -> None:
    assert "<<: *hardened" in service(name)
    assert re.search(r"limits: \{cpus: .*, memory: \d+[mg], pids: \d+\}", service(name))
    assert "tmpfs:" in service(name)


def test_hardened_means_no_writing_and_no_privileges() -> None:
    hardened = COMPOSE.partition("&hardened\n")[2].partition("\n\n")[0]
    assert "read_only: true" in hardened
    assert "cap_drop: [ALL]" in hardened
    assert "no-new-privileges:true" in hardened


def test_app_gets_the_variables_that_it_reads() -> None:
    read = set(re.findall(r'"(FER_\w+)"', (ROOT / "ui" / "ice.py").read_text(encoding="utf-8")))
    assert read
    assert read <= set(re.findall(r"^      (\w+):", service("app"), re.MULTILINE))


def test_every_place_in_the_web_servers_template_is_filled() -> None:
    places = set(re.findall(r"\$\{(FER_\w+)\}", NGINX))
    assert places <= set(re.findall(r"^      (\w+):", service("nginx"), re.MULTILINE))


def test_example_names_every_setting_and_no_secret() -> None:
    read = {"COMPOSE_PROFILES", *re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE)}  # first: by compose
    assert read == set(re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE))
    assert set(re.findall(r"^\w+_SECRET=(.*)$", EXAMPLE, re.MULTILINE)) == {""}


def test_repository_ignores_the_filled_in_settings() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()


def test_web_server_lets_the_largest_upload_through() -> None:
    limits = [int(number) for number in re.findall(r"client_max_body_size (\d+)m;", NGINX)]
    assert max(limits) > CONFIG["server"]["maxUploadSize"]


def test_web_server_keeps_no_picture_on_its_disk() -> None:
    assert "proxy_buffering off;" in NGINX
    assert "proxy_request_buffering off;" in NGINX


def test_relay_may_reach_the_app_and_nothing_else_that_is_private() -> None:
    subnet = re.search(r"subnet: ([\d.]+)\.0/24", COMPOSE)
    assert subnet
    assert f"allowed-peer-ip={subnet[1]}.0-{subnet[1]}.255" in service("coturn")
    relay = (ROOT / "deploy" / "turnserver.conf").read_text(encoding="utf-8")
    assert "\nuse-auth-secret\n" in relay
    assert "denied-peer-ip=172.16.0.0-172.31.255.255" in relay
    assert "allowed-peer-ip=" not in relay
    assert "static-auth-secret=" not in relay


def test_app_shows_no_details_and_calls_nobody() -> None:
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["enableCORS"] is True
    assert CONFIG["server"]["enableXsrfProtection"] is True
