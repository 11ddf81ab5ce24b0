"""The expression that a file is said to show, by the name of its folder or its own name."""

import re
from collections.abc import Sequence
from pathlib import PurePath

# Label → the words that people who name folders and files use for it.
WORDS = {
    "angry": ("angry", "anger", "mad"),
    "disgust": ("disgust", "disgusted", "disgusting"),
    "fear": ("fear", "fearful", "afraid", "scared", "terrified"),
    "happy": ("happy", "happiness", "joy", "joyful", "smile", "smiling"),
    "sad": ("sad", "sadness", "unhappy", "sorrow"),
    "surprise": ("surprise", "surprised", "astonished"),
    "neutral": ("neutral", "calm"),
    "contempt": ("contempt", "contemptuous", "disdain"),
}
LABEL_OF_WORD = {word: label for label, words in WORDS.items() for word in words}
# KDEF's AF01ANS.JPG: session A or B, female or male and number of the person, expression, angle
# (full or half profile left, straight, half or full profile right).
KDEF_NAME = re.compile(
    r"[AB](?P<person>[FM]\d\d)(?P<label>AF|AN|DI|HA|NE|SA|SU)(FL|HL|S|HR|FR)", re.IGNORECASE
)
LABEL_OF_KDEF = {
    **{"AF": "fear", "AN": "angry", "DI": "disgust", "HA": "happy"},
    **{"NE": "neutral", "SA": "sad", "SU": "surprise"},
}
# RAVDESS's 01-01-05-02-01-01-12.mp4: the third number is the emotion (Livingstone & Russo 2018).
_RAVDESS_NAME = re.compile(r"\d\d-\d\d-(?P<label>0[1-8])-\d\d-\d\d-\d\d-\d\d")
_LABELS_OF_RAVDESS = ("neutral", "neutral", "happy", "sad", "angry", "fear", "disgust", "surprise")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")  # two in "AngryFace", one in "ANGRY_01"


def expected_label(file: str, folders: Sequence[str] = ()) -> str | None:
    """The expression that a file should show.

    Args:
        file: its name, with or without its path.
        folders: names of the folders that it lies in, the nearest first, so far as they may
            say something.

    Returns:
        The label of the nearest folder that is named after one, such as "happy", "1_Anger" or
        "sad faces"; otherwise what the file's name says, in KDEF's code, RAVDESS's code, or
        words ("clip-joy-03.mp4"). None where nothing is said, or two different things are.
    """
    for folder in folders:
        if (label := _in_words(folder)) is not None:
            return label
    stem = PurePath(file).stem
    if code := _RAVDESS_NAME.fullmatch(stem):
        return _LABELS_OF_RAVDESS[int(code["label"]) - 1]
    for part in re.split(r"[\W_]+", stem):
        if code := KDEF_NAME.fullmatch(part):
            return LABEL_OF_KDEF[code["label"].upper()]
    return _in_words(stem)


def _in_words(name: str) -> str | None:
    """The one label that the words of a name mean."""
    words = [word.lower() for word in _WORD.findall(name)]
    found = {LABEL_OF_WORD[word] for word in words if word in LABEL_OF_WORD}
    return found.pop() if len(found) == 1 else None
