"""Pictures in folders: a folder a class, or KDEF as it is handed out, a folder a person."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fer_core.bundle import InputSpec
from fer_core.errors import DataError
from fer_core.expected import KDEF_NAME, LABEL_OF_KDEF, WORDS
from fer_core.faces import LABELS, FaceSet, joined
from fer_core.preprocessing import crop_face, prepare
from fer_core.results import RgbImage

FOLDER_NAMES = {label: WORDS[label] for label in LABELS["fer2013"]}
LABEL_OF_FOLDER = {name: label for label, names in FOLDER_NAMES.items() for name in names}
SPLIT_OF_FOLDER = {
    **dict.fromkeys(("train", "training"), "Training"),
    **dict.fromkeys(("val", "valid", "validation", "publictest", "public_test"), "PublicTest"),
    **dict.fromkeys(("test", "privatetest", "private_test"), "PrivateTest"),
}
KDEF_FOLDER = re.compile(r"[AB][FM]\d\d", re.IGNORECASE)
KDEF_PICTURE = re.compile(rf"{KDEF_NAME.pattern}\.JPE?G", re.IGNORECASE)

Face = Callable[[Path], NDArray[np.uint8]]


def load_folders(root: Path, spec: InputSpec) -> dict[str, FaceSet]:
    """Reads pictures that lie in folders.

    Args:
        root: holds class folders, named as in `FOLDER_NAMES`; or split folders, named as in
            `SPLIT_OF_FOLDER`, with class folders in them; or the folders of KDEF, one a
            person a session. Class folders hold cut-out faces; of KDEF's pictures the face is
            cut out as the app does it, and where no face is found (full profiles) the
            middle square.
        spec: size and colour of the faces; for KDEF also the margin.

    Returns:
        split name → faces; the name is "" where the layout has no splits.

    Raises:
        DataError: a folder has an unknown name, or a picture cannot be read.
    """
    tops = sorted(d for d in root.iterdir() if d.is_dir())
    if any(KDEF_FOLDER.fullmatch(d.name) for d in tops):
        return {"": _load_kdef(root, spec)}
    splits = {d: SPLIT_OF_FOLDER.get(d.name.lower()) for d in tops}
    if any(splits.values()):
        unknown = [d.name for d, split in splits.items() if split is None]
        if unknown:
            raise DataError(
                f"Expected only split folders ({', '.join(SPLIT_OF_FOLDER)}) in {root}. "
                f"Received {', '.join(unknown)} beside them. Move them elsewhere."
            )
        names = set(filter(None, splits.values()))
        return {
            name: joined(_load_classes(d, spec) for d, split in splits.items() if split == name)
            for name in names
        }
    return {"": _load_classes(root, spec)}


def whole_face(image: Image.Image, spec: InputSpec) -> NDArray[np.uint8]:
    """A picture that is a face from edge to edge: (S, S) grey or (S, S, 3) RGB uint8."""
    return _prepared(np.asarray(image.convert("RGB")), spec)


def _prepared(pixels: RgbImage, spec: InputSpec) -> NDArray[np.uint8]:
    face: NDArray[np.uint8] = prepare([pixels], spec)[0]
    return face[:, :, 0] if spec.grayscale else face


def _load_classes(root: Path, spec: InputSpec) -> FaceSet:
    paths, labels = [], []
    for folder in sorted(d for d in root.iterdir() if d.is_dir()):
        label = LABEL_OF_FOLDER.get(folder.name.lower())
        if label is None:
            raise DataError(
                f"Expected class folders named {', '.join(FOLDER_NAMES)} in {root}. "
                f"Received {folder.name}. Rename or remove it."
            )
        inside = sorted(p for p in folder.iterdir() if p.is_file())
        paths += inside
        labels += [label] * len(inside)
    if not paths:
        raise DataError(f"Expected pictures in class folders under {root}. Received none.")
    names = [KDEF_PICTURE.fullmatch(path.name) for path in paths]
    if all(names):  # KDEF sorted by class
        return _read(paths, labels, _kdef_face(spec), [n["person"] for n in names if n])
    return _read(paths, labels, lambda path: whole_face(Image.open(path), spec))


def _load_kdef(root: Path, spec: InputSpec) -> FaceSet:
    """Both sessions of a person are the same person."""
    folders = [folder for folder in root.iterdir() if KDEF_FOLDER.fullmatch(folder.name)]
    pictures = sorted(path for folder in folders for path in folder.iterdir())
    named = [(path, KDEF_PICTURE.fullmatch(path.name)) for path in pictures]
    found = [(path, name) for path, name in named if name]
    if not found:
        raise DataError(
            f"Expected pictures with KDEF's names, such as AF01ANS.JPG, in the folders of {root}. "
            "Received none. Unpack KDEF again."
        )
    if len(found) < len(pictures):
        print(f"{len(pictures) - len(found)} files left out whose names are not KDEF's", flush=True)
    labels = [LABEL_OF_KDEF[name["label"].upper()] for _, name in found]
    people = [name["person"] for _, name in found]
    return _read([path for path, _ in found], labels, _kdef_face(spec), people)


def _kdef_face(spec: InputSpec) -> Face:
    from fer_core.detection import create_detector

    detector = create_detector()

    def face(path: Path) -> NDArray[np.uint8]:
        image = np.asarray(Image.open(path).convert("RGB"))
        found = detector.detect(image)
        return _prepared(crop_face(image, found[0], spec) if found else _middle(image), spec)

    return face


def _middle(image: RgbImage) -> RgbImage:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return image[top : top + side, left : left + side]


def _read(
    paths: list[Path], labels: list[str], face: Face, people: list[str] | None = None
) -> FaceSet:
    images = []
    for path in paths:
        try:
            images.append(face(path))
        except Exception as error:  # Pillow raises many kinds
            raise DataError(
                f"Expected only pictures in {path.parent}. {path.name} cannot be read ({error}). "
                "Replace or remove it."
            ) from error
    numbers = None
    if people is not None:
        numbers = np.unique([each.upper() for each in people], return_inverse=True)[1]
    classes = [LABELS["fer2013"].index(label) for label in labels]
    return FaceSet(np.stack(images), np.array(classes, np.int64), people=numbers)
