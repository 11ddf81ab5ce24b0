"""Leak audit: pictures of one split that are, nearly, in another one too.

FER-2013 was gathered by web search, so the same photograph is in it several times, cropped,
scaled, lit or mirrored differently. A test picture that was also learnt flatters the score.
"""

import json
from collections.abc import Mapping
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from fer_core.bundle import InputSpec
from fer_core.faces import SIDE, SPLITS, FaceSet
from fer_core.preprocessing import prepare

# Both set on FER-2013 by looking at pairs: nearly all that pass show the same photograph, and
# below a likeness of 0.9 different people with the same pose and light appear.
THRESHOLD_BITS = 12
LIKENESS = 0.92
METHOD = (
    "64-bit DCT hashes that differ in few bits, the picture or its mirror image, then the "
    "correlation of the pixels over small shifts and changes of scale"
)
_FREQUENCIES = 8
_MIDDLE = 40  # side of the part that is compared, so that it can be moved about
_CROPS = (34, 37, 40, 43, 46)
_BLOCK = 256


def audit(faces: Mapping[str, FaceSet], out: Path) -> dict[str, Any]:
    """Looks for near-duplicates within and across the splits and writes what it found.

    Args:
        faces: the three splits.
        out: the JSON file to write; its folder is made where it is missing.

    Returns:
        What was written: method, threshold_bits, likeness (the least correlation),
        images (split → its size), pairs ("Training-PrivateTest" → number of near-duplicate
        pairs), duplicates_in_private_test (its pictures that have a near-duplicate in
        Training), private_test_rows (which, counted from 0), label_conflicts (pairs whose
        FER-2013 labels differ).
    """
    out.parent.mkdir(parents=True, exist_ok=True)  # before the work, which takes long
    pairs: dict[str, int] = {}
    conflicts, seen = 0, np.array([], np.int64)
    for a, b in combinations_with_replacement(SPLITS, 2):
        found = near_duplicates(faces[a].images, None if a == b else faces[b].images)
        pairs[f"{a}-{b}"] = len(found)
        conflicts += int((faces[a].labels[found[:, 0]] != faces[b].labels[found[:, 1]]).sum())
        if (a, b) == ("Training", "PrivateTest"):
            seen = np.unique(found[:, 1])
    report = {
        "method": METHOD,
        "threshold_bits": THRESHOLD_BITS,
        "likeness": LIKENESS,
        "images": {split: len(faces[split]) for split in SPLITS},
        "pairs": pairs,
        "duplicates_in_private_test": len(seen),
        "label_conflicts": conflicts,
        "private_test_rows": seen.tolist(),
    }
    out.write_text(json.dumps(report) + "\n", encoding="utf-8")
    return report


def rows_seen(tested: NDArray[np.uint8], learnt: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The rows of `tested` that have a near-duplicate in `learnt`, in order.

    Args:
        tested, learnt: see `near_duplicates`.
    """
    return np.unique(near_duplicates(learnt, tested)[:, 1])


def near_duplicates(
    images: NDArray[np.uint8], others: NDArray[np.uint8] | None = None
) -> NDArray[np.int64]:
    """Pairs that show the same photograph.

    Args:
        images: (N, S, S) grey or (N, S, S, 3) RGB uint8.
        others: the same; None compares `images` among themselves.

    Returns:
        (P, 2) rows of `images` and of `others`, each pair once.
    """
    among = others is None
    images = _small_grey(images)
    others = images if others is None else _small_grey(others)
    left, right = perceptual_hashes(images)[:, 0], perceptual_hashes(others)
    pairs = set()
    for start in range(0, len(images), _BLOCK):
        block = left[start : start + _BLOCK, None]
        for mirrored in (0, 1):
            near = np.bitwise_count(block ^ right[None, :, mirrored]) <= THRESHOLD_BITS
            for i, j in np.argwhere(near) + (start, 0):
                other = others[j, :, ::-1] if mirrored else others[j]
                if not (among and j <= i) and likeness(images[i], other) >= LIKENESS:
                    pairs.add((int(i), int(j)))
    return np.array(sorted(pairs), np.int64).reshape(-1, 2)


def _small_grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(N, 48, 48)."""
    if images.shape[1:] == (SIDE, SIDE):
        return images
    return prepare(list(images), InputSpec(size=SIDE, source_size=0))[..., 0]


def perceptual_hashes(images: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """The pHash of each picture and of its mirror image (Zauner 2010).

    A bit for each of the 64 lowest frequencies of the discrete cosine transform: whether its
    coefficient is above the median. The mean grey, the first of them, is left out.

    Args:
        images: (N, 48, 48) uint8.

    Returns:
        (N, 2) uint64: of the picture, of its mirror image.
    """
    frequency, place = np.arange(_FREQUENCIES)[:, None], np.arange(SIDE)[None]
    basis = np.cos(np.pi * frequency * (2 * place + 1) / (2 * SIDE)).astype(np.float32)
    hashes = np.empty((len(images), 2), np.uint64)
    for start in range(0, len(images), _BLOCK):
        part = images[start : start + _BLOCK].astype(np.float32)
        # Mirroring a picture turns the sign of the odd frequencies along its rows.
        for k, horizontal in enumerate((basis, basis * (-1.0) ** frequency)):
            values = (basis @ part @ horizontal.T).reshape(len(part), -1)[:, 1:]
            bits = values > np.median(values, axis=1, keepdims=True)
            packed = np.packbits(bits, axis=1)
            hashes[start : start + len(part), k] = packed.view(np.uint64)[:, 0]
    return hashes


def likeness(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> float:
    """The best correlation of the middle of `b` with a part of `a`, over shift and scale.

    Args:
        a, b: (48, 48) uint8.

    Returns:
        -1..1. A blank picture is like its equal alone.
    """
    if a.min() == a.max() or b.min() == b.max():
        return float(np.array_equal(a, b))
    best = -1.0
    for side in _CROPS:
        edge = (SIDE - side) // 2
        middle = b[edge : edge + side, edge : edge + side]
        how = cv2.INTER_AREA if side > _MIDDLE else cv2.INTER_LINEAR
        part = cv2.resize(middle, (_MIDDLE, _MIDDLE), interpolation=how)
        best = max(best, float(cv2.matchTemplate(a, part, cv2.TM_CCOEFF_NORMED).max()))
    return best
