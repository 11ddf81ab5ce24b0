"""Who is learnt from, who chooses and who reports: the splits that a data set or a recipe lacks.

Faces are divided first and multiplied afterwards, so that no copy of a face that is learnt
is ever tested; and a person never stands in two splits where it is known who is who.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fer_core.errors import DataError
from fer_core.faces import LABELS, SPLITS, FaceSet, joined
from fer_core.training.config import Recipe

HELD_OUT_SHARE = 0.1
# The same whatever the seed of a training: nobody's teacher learns what the student is tested on.
SPLIT_SEED = 1
ALTERED_AT_ONCE = 1024


def with_all_splits(sets: Mapping[str, FaceSet]) -> dict[str, FaceSet]:
    """Holds out a tenth of each class, or of the people, for every split that is missing.

    Args:
        sets: split name → faces; "" is what has no split yet.

    Raises:
        DataError: nothing is left to train on.
    """
    splits = {split: faces for split, faces in sets.items() if len(faces)}
    if "" in splits:
        splits["Training"] = splits.pop("")
    for split in SPLITS[1:]:
        if split not in splits and "Training" in splits:
            splits["Training"], splits[split] = _hold_out(splits["Training"], HELD_OUT_SHARE)
    if not len(splits.get("Training", ())):
        raise DataError(
            "Expected faces to train on. Received none: no row or folder belongs to the training "
            "split, or too few people to keep some of them for testing. Check the data set."
        )
    return {split: splits[split] for split in SPLITS}


def splits_for(recipe: Recipe, faces: Mapping[str, FaceSet]) -> dict[str, FaceSet]:
    """The splits as a recipe wants them: its own shares, classes and faces a class.

    Args:
        recipe: its `own_split`, `classes` and `class_count`.
        faces: the data set's three splits.

    Returns:
        The three splits. Only Training is evened out to `class_count`.

    Raises:
        DataError: a split has no face of the recipe's classes.
    """
    splits = dict(faces)
    if recipe.own_split:
        splits = _split_anew(joined(splits.values()), recipe.own_split)
    if recipe.classes:
        splits = {split: _of_classes(each, recipe.classes) for split, each in splits.items()}
        empty = [split for split, each in splits.items() if not len(each)]
        if empty:
            raise DataError(
                f"Expected faces of the labels {', '.join(recipe.classes)}, which the recipe "
                f"{recipe.name} keeps. Received none in {', '.join(empty)}. Choose other data or "
                "another recipe."
            )
    if recipe.class_count:
        splits["Training"] = _evened(splits["Training"], recipe)
    return splits


def with_joint_split(faces: Mapping[str, FaceSet], split: str) -> dict[str, FaceSet]:
    """`faces` and a split that names several of them.

    Args:
        faces: split name → faces.
        split: such as "PublicTest+PrivateTest", the 7,178 faces that some papers test on.
    """
    return {**faces, split: joined(faces[name] for name in split.split("+"))}


def split_title(recipe: Recipe, split: str) -> str:
    """What to call a split in a report: PrivateTest is FER-2013's, and not a recipe's own."""
    if not recipe.own_split:
        return split
    shares = dict(zip(SPLITS, recipe.own_split, strict=True))
    share = sum(shares[name] for name in split.split("+"))
    return f"{split} of an own split ({share:.0%})"


def _split_anew(faces: FaceSet, shares: tuple[float, ...]) -> dict[str, FaceSet]:
    training, choosing, reporting = shares
    rest, reported = _hold_out(faces, reporting)
    learnt, chosen = _hold_out(rest, choosing / (training + choosing))
    return dict(zip(SPLITS, (learnt, chosen, reported), strict=True))


def _hold_out(faces: FaceSet, share: float) -> tuple[FaceSet, FaceSet]:
    """(the rest, what is held out); of each class alike, or whole people where they are known."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(faces))
    if faces.people is not None:
        people = np.unique(faces.people[order])
        chosen = np.random.default_rng(SPLIT_SEED).permutation(people)[: _part(len(people), share)]
        taken = np.isin(faces.people, chosen)
    else:
        held: list[int] = []
        for label in np.unique(faces.labels):
            rows = order[faces.labels[order] == label]
            held.extend(rows[: _part(len(rows), share)].tolist())
        taken = np.isin(np.arange(len(faces)), held)
    return faces.subset(np.flatnonzero(~taken)), faces.subset(np.flatnonzero(taken))


def _part(count: int, share: float) -> int:
    return max(round(count * share), 1)


def _of_classes(faces: FaceSet, classes: tuple[str, ...]) -> FaceSet:
    kept = [LABELS["fer2013"].index(name) for name in classes]
    return faces.subset(np.flatnonzero(np.isin(faces.labels, kept)))


def _evened(faces: FaceSet, recipe: Recipe) -> FaceSet:
    """As many faces of each class: some left out at random, or altered copies added."""
    rng = np.random.default_rng(recipe.seed)
    originals, copied = [], []
    for label in np.unique(faces.labels):
        rows = rng.permutation(np.flatnonzero(faces.labels == label))
        originals.append(rows[: recipe.class_count])
        copied.append(rng.choice(rows, max(recipe.class_count - len(rows), 0)))
    copies = faces.subset(rng.permutation(np.concatenate(copied)))  # batches must mix classes
    altered = FaceSet(_altered(copies.images, recipe), copies.labels, copies.votes, copies.people)
    return joined([faces.subset(np.sort(np.concatenate(originals))), altered])


def _altered(images: NDArray[np.uint8], recipe: Recipe) -> NDArray[np.uint8]:
    """Each picture once through the recipe's augmentation."""
    from keras import ops

    from fer_core.training.augmentation import augmentation

    layers = augmentation(recipe)
    out = np.empty_like(images)
    for start in range(0, len(images), ALTERED_AT_ONCE):
        part = images[start : start + ALTERED_AT_ONCE]
        x = part.astype(np.float32).reshape(*part.shape[:3], -1)
        for layer in layers:
            x = layer(x, training=True)
        values = np.round(ops.convert_to_numpy(x)).reshape(part.shape)
        out[start : start + len(part)] = np.clip(values, 0, 255).astype(np.uint8)
    return out
