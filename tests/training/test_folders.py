"""KDEF as it is handed out: a folder a person a session; and sorted by class."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fer_core.bundle import InputSpec
from fer_core.detection import blazeface
from fer_core.errors import DataError
from fer_core.faces import LABELS, FaceSet
from fer_core.preprocessing import crop_face
from fer_core.results import Face, RgbImage
from fer_core.testing import FakeDetector, make_face
from fer_core.training import folders
from fer_core.training.config import Recipe
from fer_core.training.data import load_faces, load_for

CODES = {"AF": "fear", "AN": "angry", "DI": "disgust", "HA": "happy"}
CODES |= {"NE": "neutral", "SA": "sad", "SU": "surprise"}
PEOPLE = ("F01", "F02", "F03", "F04", "F05", "M01", "M02", "M03", "M04", "M05")
BACKGROUND = (90, 90, 90)


def draw_person(number: int) -> Image.Image:
    """An upright picture of a drawn face; the red of its skin tells whose it is."""
    image = Image.new("RGB", (56, 76), BACKGROUND)
    draw = ImageDraw.Draw(image)
    draw.rectangle((8, 18, 48, 58), fill=(100 + 10 * number, 60, 40))
    return image


def write_kdef(root: Path, people: tuple[str, ...] = PEOPLE) -> Path:
    """Both sessions, seven expressions, two of the five angles."""
    for session in "AB":
        for number, person in enumerate(people):
            folder = root / f"{session}{person}"
            folder.mkdir(parents=True)
            for code in CODES:
                for angle in ("S", "HL"):
                    name = f"{session}{person}{code}{angle}.JPG"
                    draw_person(number).save(folder / name, quality=95, subsampling=0)
    return root


def seen_people(faces: FaceSet) -> set[int]:
    """Who is on the pictures, by the red of the skin in the middle."""
    side = faces.images.shape[1] // 2
    red = faces.images[:, side, side, 0].astype(int)
    return set(np.round((red - 100) / 10).astype(int).tolist())


def test_people_and_labels_come_from_the_names(tmp_path: Path) -> None:
    recipe = Recipe("x", grayscale=False, size=64)
    sets = load_for(recipe, write_kdef(tmp_path))
    assert [len(each) for each in sets.values()] == [8 * 28, 28, 28]
    assert [len(seen_people(each)) for each in sets.values()] == [8, 1, 1]
    assert len(set.union(*map(seen_people, sets.values()))) == 10
    for faces in sets.values():
        assert faces.images.shape[1:] == (64, 64, 3)
        counts = np.bincount(faces.labels, minlength=7)
        assert counts.tolist() == [len(faces) // 7] * 7


def test_without_a_face_found_the_middle_square_is_taken(tmp_path: Path) -> None:
    recipe = Recipe("x", grayscale=False, size=56)
    faces = load_for(recipe, write_kdef(tmp_path, PEOPLE[:3]))["Training"]
    corners = faces.images[:, [0, 0, -1, -1], [0, -1, 0, -1]].astype(int)
    assert np.abs(corners - BACKGROUND).max() <= 3
    middle = faces.images[:, 28, 28].astype(int)
    assert np.abs(middle[:, 1:] - (60, 40)).max() <= 3


def test_a_face_that_is_found_is_cut_out_as_the_app_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = FakeDetector([make_face(8, 18, 40)])
    monkeypatch.setattr(blazeface, "BlazeFaceDetector", lambda **options: detector)
    recipe = Recipe("x", grayscale=False, size=40, margin=1.0)
    faces = load_for(recipe, write_kdef(tmp_path, PEOPLE[:3]))["Training"]
    assert detector.calls == 2 * 3 * 14
    corners = faces.images[:, [0, 0, -1, -1], [0, -1, 0, -1]].astype(int)
    assert np.abs(corners[..., 1:] - (60, 40)).max() <= 12


@pytest.mark.parametrize("grayscale", [False, True])
def test_the_crop_is_the_recipe_s(
    grayscale: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector = FakeDetector([make_face(8, 18, 40)])
    monkeypatch.setattr(blazeface, "BlazeFaceDetector", lambda **options: detector)
    specs: list[InputSpec] = []

    def crop(image: RgbImage, face: Face, spec: InputSpec) -> RgbImage:
        specs.append(spec)
        return crop_face(image, face, spec)

    monkeypatch.setattr(folders, "crop_face", crop)
    recipe = Recipe("x", grayscale=grayscale, size=40, margin=1.3, align=True)
    load_for(recipe, write_kdef(tmp_path, PEOPLE[:3]))
    assert {(spec.margin, spec.align, spec.grayscale) for spec in specs} == {(1.3, True, grayscale)}


def test_the_data_set_alone_is_small_and_grey(tmp_path: Path) -> None:
    sets = load_faces(write_kdef(tmp_path, PEOPLE[:3]))
    assert sets["Training"].images.shape == (28, 48, 48)


def test_sorted_by_class_people_still_stay_together(tmp_path: Path) -> None:
    kdef = write_kdef(tmp_path / "kdef")
    for code, label in CODES.items():
        (tmp_path / "classes" / label).mkdir(parents=True)
        for path in kdef.glob(f"*/????{code}*.JPG"):
            path.rename(tmp_path / "classes" / label / path.name)
    sets = load_for(Recipe("x", grayscale=False, size=56), tmp_path / "classes")
    who = [seen_people(each) for each in sets.values()]
    assert [len(each) for each in who] == [8, 1, 1]
    assert len(set.union(*who)) == 10
    names = [LABELS["fer2013"][label] for label in np.unique(sets["PublicTest"].labels)]
    assert sorted(names) == sorted(CODES.values())


def test_files_with_other_names_are_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write_kdef(tmp_path, PEOPLE[:3])
    (root / "AF01" / "AF01ANS.JPG").rename(root / "AF01" / "AF01V.JPG")
    sets = load_faces(root)
    assert sum(map(len, sets.values())) == 83
    assert "1 files left out" in capsys.readouterr().out


def test_folders_without_kdef_s_pictures(tmp_path: Path) -> None:
    (tmp_path / "AF01").mkdir()
    with pytest.raises(DataError, match="KDEF's names, such as AF01ANS.JPG"):
        load_faces(tmp_path)


def test_a_damaged_picture(tmp_path: Path) -> None:
    root = write_kdef(tmp_path, PEOPLE[:1])
    (root / "AF01" / "AF01ANS.JPG").write_bytes(b"nothing")
    with pytest.raises(DataError, match="AF01ANS.JPG cannot be read"):
        load_faces(root)
