"""Near-duplicates among made pictures: smooth random ones, changed as photographs are."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from fer_core.faces import FaceSet
from fer_core.training.audit import audit, likeness, near_duplicates, perceptual_hashes, rows_seen


def picture(seed: int, side: int = 60) -> np.ndarray:
    """(side, side) uint8: as smooth as a face."""
    noise = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 4)
    return np.uint8(255 * (smooth - smooth.min()) / np.ptp(smooth))


def crop(image: np.ndarray, left: int = 6, top: int = 6, side: int = 48) -> np.ndarray:
    part = image[top : top + side, left : left + side]
    return cv2.resize(part, (48, 48), interpolation=cv2.INTER_AREA)


ORIGINAL = crop(picture(1))
COPIES = {
    "equal": ORIGINAL,
    "darker": np.uint8(ORIGINAL * 0.6 + 10),
    "noisy": np.uint8(np.clip(ORIGINAL + np.random.default_rng(0).normal(0, 8, (48, 48)), 0, 255)),
    "moved": crop(picture(1), left=7, top=5),
    "larger": crop(picture(1), left=7, top=7, side=46),
    "mirrored": ORIGINAL[:, ::-1],
    "mirrored and darker": np.uint8(ORIGINAL[:, ::-1] * 0.6),
}


@pytest.mark.parametrize("copy", COPIES)
def test_copies_are_found(copy: str) -> None:
    strangers = [crop(picture(seed)) for seed in range(2, 12)]
    known = np.stack([*strangers, COPIES[copy]])
    assert near_duplicates(ORIGINAL[None], known).tolist() == [[0, 10]]
    assert near_duplicates(known, ORIGINAL[None]).tolist() == [[10, 0]]


def test_strangers_are_not() -> None:
    strangers = np.stack([crop(picture(seed)) for seed in range(40)])
    assert near_duplicates(strangers).tolist() == []


def test_each_pair_among_themselves_comes_once() -> None:
    images = np.stack([ORIGINAL, crop(picture(2)), COPIES["darker"], COPIES["mirrored"]])
    assert near_duplicates(images).tolist() == [[0, 2], [0, 3], [2, 3]]


def test_pictures_of_any_size_in_colour() -> None:
    large = [np.stack([picture(seed, side=96)] * 3, axis=-1) for seed in (1, 2)]
    small = cv2.resize(large[1], (48, 48), interpolation=cv2.INTER_AREA)[..., 0]
    assert near_duplicates(np.stack(large), small[None]).tolist() == [[1, 0]]


def test_nothing_has_no_duplicates() -> None:
    none = np.empty((0, 48, 48), np.uint8)
    assert near_duplicates(none).shape == (0, 2)
    assert rows_seen(ORIGINAL[None], none).tolist() == []


def test_the_hash_of_a_mirror_image_is_the_mirrored_hash() -> None:
    images = np.stack([crop(picture(seed)) for seed in range(5)])
    plain, mirrored = perceptual_hashes(images), perceptual_hashes(images[:, :, ::-1])
    # Rounding may turn a bit whose coefficient is next to the median.
    assert np.bitwise_count(plain[:, 0] ^ mirrored[:, 1]).max() <= 2
    assert np.bitwise_count(plain[:, 1] ^ mirrored[:, 0]).max() <= 2


def test_blank_pictures_are_like_their_equals_alone() -> None:
    black, white = np.zeros((48, 48), np.uint8), np.full((48, 48), 255, np.uint8)
    assert likeness(black, black) == 1.0
    assert likeness(black, white) == 0.0
    assert likeness(ORIGINAL, black) == 0.0


def test_the_report(tmp_path: Path) -> None:
    strangers = [crop(picture(seed)) for seed in range(2, 8)]
    darker, mirrored = COPIES["darker"], COPIES["mirrored"]
    faces = {
        "Training": FaceSet(np.stack([ORIGINAL, darker, strangers[0]]), np.array([3, 3, 0])),
        "PublicTest": FaceSet(np.stack(strangers[1:3]), np.array([1, 2])),
        "PrivateTest": FaceSet(np.stack([strangers[4], mirrored]), np.array([3, 6])),
    }
    path = tmp_path / "new" / "audit.json"
    report = audit(faces, path)
    assert json.loads(path.read_text(encoding="utf-8")) == report
    assert report["pairs"] == {
        "Training-Training": 1,
        "Training-PublicTest": 0,
        "Training-PrivateTest": 2,
        "PublicTest-PublicTest": 0,
        "PublicTest-PrivateTest": 0,
        "PrivateTest-PrivateTest": 0,
    }
    assert report["duplicates_in_private_test"] == 1
    assert report["private_test_rows"] == [1]
    assert report["label_conflicts"] == 2
    assert report["images"] == {"Training": 3, "PublicTest": 2, "PrivateTest": 2}
    assert rows_seen(faces["PrivateTest"].images, faces["Training"].images).tolist() == [1]
