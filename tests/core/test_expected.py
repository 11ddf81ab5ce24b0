"""The expression that names of files and folders say."""

import pytest

from fer_core.expected import expected_label


@pytest.mark.parametrize(
    ("file", "folders", "label"),
    [
        ("", (), None),
        ("IMG_0001.jpg", (), None),
        ("IMG_0001.jpg", ("Anger", "clips"), "angry"),
        ("x.jpg", ("3_happiness",), "happy"),
        ("x.jpg", ("person 7", "afraid"), "fear"),
        ("sad_song.mp4", ("happy",), "happy"),  # the folder goes first
        ("clip-joy-03.mp4", ("clips",), "happy"),
        ("data/happy/x.jpg", (), None),  # folders count only when they are given
        ("SURPRISED2.png", (), "surprise"),
        ("AngryFace.png", (), "angry"),
        ("calm.png", (), "neutral"),
        ("scorn_contempt.png", (), "contempt"),
        ("happy_or_sad.png", (), None),
        ("happy_joyful.png", (), "happy"),
        ("saddle.png", (), None),
        ("x.jpg", ("happy and sad", "fear"), "fear"),
        ("AF01ANS.JPG", ("AF01",), "angry"),
        ("bm35suhr.jpg", (), "surprise"),
        ("AF01AFS_clip.mp4", (), "fear"),
        ("AF01XXS.JPG", (), None),
        ("02-01-06-01-02-01-12.mp4", ("Actor_12",), "fear"),
        ("02-01-02-01-02-01-12.mp4", (), "neutral"),
        ("2026-01-06-01-02-01-12.mp4", (), None),
    ],
)
def test_names(file: str, folders: tuple[str, ...], label: str | None) -> None:
    assert expected_label(file, folders) == label
