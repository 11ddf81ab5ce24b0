"""Faces are divided before they are multiplied, and people are never divided."""

from collections.abc import Mapping

import numpy as np
import pytest

from fer_core.errors import DataError
from fer_core.faces import LABELS, SPLITS, FaceSet, joined
from fer_core.training.config import Recipe
from fer_core.training.splits import (
    split_title,
    splits_for,
    with_all_splits,
    with_joint_split,
)

FIVE = ("neutral", "angry", "fear", "happy", "sad")


def faces(counts: Mapping[str, int], first: int = 0) -> FaceSet:
    """So many faces of each label; the first two pixels of each number it."""
    labels = [label for label, count in counts.items() for _ in range(count)]
    numbers = np.arange(first, first + len(labels))
    images = np.full((len(labels), 48, 48), 100, np.uint8)
    images[:, 0, 0], images[:, 0, 1] = numbers // 256, numbers % 256
    return FaceSet(images, np.array([LABELS["fer2013"].index(each) for each in labels]))


def numbers(each: FaceSet) -> set[int]:
    first = each.images[:, 0, :2].astype(int)
    return set((first[:, 0] * 256 + first[:, 1]).tolist())


def sets() -> dict[str, FaceSet]:
    counts = {"angry": 40, "disgust": 5, "happy": 60}
    return {split: faces(counts, 200 * i) for i, split in enumerate(SPLITS)}


def test_a_recipe_without_wishes_changes_nothing() -> None:
    before = sets()
    after = splits_for(Recipe("x"), before)
    assert {split: numbers(each) for split, each in after.items()} == {
        split: numbers(each) for split, each in before.items()
    }


def test_classes_that_the_data_lack_are_named() -> None:
    with pytest.raises(DataError, match="labels sad, fear.*none in Training"):
        splits_for(Recipe("x", classes=("sad", "fear")), sets())


def test_an_own_split_takes_its_share_of_each_class() -> None:
    recipe = Recipe("x", own_split=(0.6, 0.2, 0.2))
    after = splits_for(recipe, sets())
    shares = {
        split: np.bincount(each.labels, minlength=7).tolist() for split, each in after.items()
    }
    assert shares == {
        "Training": [72, 9, 0, 108, 0, 0, 0],
        "PublicTest": [24, 3, 0, 36, 0, 0, 0],
        "PrivateTest": [24, 3, 0, 36, 0, 0, 0],
    }
    everything = [numbers(each) for each in after.values()]
    assert len(set.union(*everything)) == sum(map(len, everything)) == 315
    assert numbers(splits_for(recipe, sets())["PrivateTest"]) == everything[2]


def test_dropped_classes_are_gone_from_every_split() -> None:
    after = splits_for(Recipe("x", classes=FIVE), sets())
    assert [np.unique(each.labels).tolist() for each in after.values()] == [[0, 3]] * 3


def test_classes_are_evened_out_in_training_alone() -> None:
    before = sets()
    after = splits_for(Recipe("x", class_count=50, brightness=0.5), before)
    assert np.bincount(after["Training"].labels).tolist() == [50, 50, 0, 50]
    assert len(after["PublicTest"]) == len(after["PrivateTest"]) == 105
    originals = {image.tobytes() for image in before["Training"].images}
    kept = [image.tobytes() in originals for image in after["Training"].images]
    assert sum(kept) == 40 + 5 + 50  # the others are altered copies


def test_copies_without_augmentation_are_copies() -> None:
    before = sets()
    training = splits_for(Recipe("x", class_count=50), before)["Training"]
    assert len(training) == 150
    assert numbers(training) <= numbers(before["Training"])


def test_people_stay_together() -> None:
    one = faces({"angry": 60, "happy": 60})
    people = np.arange(120) % 20
    held = with_all_splits({"": FaceSet(one.images, one.labels, None, people)})
    who = [set(each.people.tolist()) for each in held.values() if each.people is not None]
    assert [len(each) for each in who] == [16, 2, 2]
    assert len(set.union(*who)) == 20
    own = splits_for(Recipe("x", own_split=(0.5, 0.25, 0.25)), held)
    who = [set(each.people.tolist()) for each in own.values() if each.people is not None]
    assert [len(each) for each in who] == [10, 5, 5]
    assert len(set.union(*who)) == 20


def test_joining_keeps_what_all_have() -> None:
    one = faces({"angry": 2})
    known = FaceSet(one.images, one.labels, np.ones((2, 10), np.float32), np.arange(2))
    both = joined([known, known])
    assert both.votes is not None and both.votes.shape == (4, 10)
    assert both.people is not None and both.people.tolist() == [0, 1, 0, 1]
    mixed = joined([known, one])
    assert (mixed.votes, mixed.people, len(mixed)) == (None, None, 4)


@pytest.mark.parametrize("count", [1, 5])
def test_every_split_gets_a_face_of_each_class(count: int) -> None:
    held = with_all_splits({"": faces({"sad": 2 + count})})
    assert [len(each) for each in held.values()] == [count, 1, 1]


def test_both_test_splits_make_the_one_that_papers_use() -> None:
    both = "PublicTest+PrivateTest"
    before = sets()
    after = with_joint_split(before, both)
    assert list(after) == [*SPLITS, both]
    assert numbers(after[both]) == numbers(before["PublicTest"]) | numbers(before["PrivateTest"])
    assert len(with_joint_split(before, "PrivateTest")["PrivateTest"]) == 105


def test_an_own_split_is_not_called_private_test() -> None:
    own = Recipe("x", own_split=(0.6, 0.2, 0.2))
    assert split_title(own, "PrivateTest") == "PrivateTest of an own split (20%)"
    both = "PublicTest+PrivateTest"
    assert split_title(own, both) == f"{both} of an own split (40%)"
    assert split_title(Recipe("x"), "PrivateTest") == "PrivateTest"


def test_too_few_people_leave_nobody_to_learn_from() -> None:
    two = faces({"angry": 4})
    pair = FaceSet(two.images, two.labels, None, np.array([0, 0, 1, 1]))
    with pytest.raises(DataError, match="too few people"):
        with_all_splits({"": pair})
