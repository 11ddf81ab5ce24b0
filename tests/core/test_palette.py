"""The colours of people, as people with several kinds of sight see them, and of buttons."""

import colorsys
import itertools
import tomllib
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from fer_core.palette import EMOTION_COLORS, PERSON_COLORS, person_color

# Linear RGB as seen without one kind of cone (Machado et al. 2009, severity 1).
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(color: str) -> NDArray[np.float64]:
    values = np.array(list(bytes.fromhex(color[1:]))) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(color: str, sight: str) -> NDArray[np.float64]:
    seen = np.clip(SIGHTS[sight] @ linear(color), 0, 1)
    coded = np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)
    return np.asarray(rgb2lab(coded))


def contrast(color: str, page: str) -> float:
    a, b = sorted(float(linear(c) @ [0.2126, 0.7152, 0.0722]) + 0.05 for c in (color, page))
    return b / a


def test_a_person_keeps_one_colour_and_the_cycle_starts_again() -> None:
    first = [person_color(number) for number in range(1, 9)]
    assert len(set(first)) == len(PERSON_COLORS) == 8
    assert [person_color(number) for number in range(9, 17)] == first


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_people_differ(sight: str) -> None:
    pairs = itertools.combinations(PERSON_COLORS, 2)
    assert min(deltaE_ciede2000(lab(a, sight), lab(b, sight)) for a, b in pairs) > 10


@pytest.mark.parametrize("page", ["#FFFFFF", "#0E1117"])
def test_colours_stand_out_from_light_and_dark_pages(page: str) -> None:
    assert min(contrast(color, page) for color in PERSON_COLORS) >= 3  # WCAG 2, 1.4.11


def test_no_person_wears_the_colour_of_an_expression() -> None:
    pairs = itertools.product(PERSON_COLORS, EMOTION_COLORS.values())
    assert min(deltaE_ciede2000(lab(a, "normal"), lab(b, "normal")) for a, b in pairs) > 10


@pytest.mark.parametrize(("theme", "text"), [("light", "#FFFFFF"), ("dark", "#14151D")])
def test_a_button_under_the_mouse_can_be_read(theme: str, text: str) -> None:
    config = tomllib.loads(Path(".streamlit/config.toml").read_text(encoding="utf-8"))
    primary = bytes.fromhex(config["theme"][theme]["primaryColor"][1:])
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in primary))
    # Streamlit takes 15 % of the lightness away.
    darker = colorsys.hls_to_rgb(hue, lightness - 0.15, saturation)
    seen = f"#{bytes(round(255 * value) for value in darker).hex()}"
    assert contrast(seen, text) >= 4.5  # WCAG 2, 1.4.3
