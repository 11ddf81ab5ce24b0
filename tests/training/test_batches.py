"""What the training loop is fed: every face once an epoch, mixed as the recipe says."""

from dataclasses import replace

import numpy as np
import pytest

from fer_core.bundle import InputSpec
from fer_core.training.batches import Batches, MixedBatches, feed, prepare_split
from fer_core.training.config import Recipe

COUNT, SIDE = 10, 8


def pictures() -> np.ndarray:
    """Each picture is one grey: its number times 20."""
    greys = 20 * np.arange(COUNT, dtype=np.uint8)
    return np.broadcast_to(greys[:, None, None, None], (COUNT, SIDE, SIDE, 1)).copy()


def targets() -> dict[str, np.ndarray]:
    return {"fer2013": np.eye(COUNT, dtype=np.float32)}


def epoch(batches: Batches) -> tuple[np.ndarray, np.ndarray]:
    parts = [batches[index] for index in range(len(batches))]
    return (
        np.concatenate([images for images, _ in parts]),
        np.concatenate([rows["fer2013"] for _, rows in parts]),
    )


def test_plain_batches_keep_the_order() -> None:
    images, rows = epoch(Batches(pictures(), targets(), Recipe("x", batch_size=4)))
    assert (images == pictures()).all()
    assert (rows == targets()["fer2013"]).all()


def test_training_batches_are_shuffled_anew_each_epoch() -> None:
    batches = MixedBatches(pictures(), targets(), Recipe("x", batch_size=4))
    first, rows = epoch(batches)
    assert sorted(first[:, 0, 0, 0].tolist()) == pictures()[:, 0, 0, 0].tolist()
    assert (first[:, 0, 0, 0] == 20 * rows.argmax(axis=1)).all()
    batches.on_epoch_end()
    assert (epoch(batches)[0] != first).any()
    again = MixedBatches(pictures(), targets(), Recipe("x", batch_size=4))
    assert (epoch(again)[0] == first).all()


@pytest.mark.parametrize("cutmix_alpha", [0.0, 1.0])
def test_chance_depends_on_the_epoch_alone(cutmix_alpha: float) -> None:
    recipe = Recipe("x", batch_size=4, mixup_alpha=0.4, cutmix_alpha=cutmix_alpha)
    batches = MixedBatches(pictures(), targets(), recipe)
    epoch(batches)
    batches.on_epoch_end()
    later = MixedBatches(pictures(), targets(), recipe, epoch=1)
    for a, b in zip(epoch(batches), epoch(later), strict=True):
        assert (a == b).all()


def test_the_loop_is_fed_each_epoch_anew_and_without_a_pause() -> None:
    dataset = feed(MixedBatches(pictures(), targets(), Recipe("x", batch_size=4)))
    epochs = [np.concatenate([images for images, _ in dataset]) for _ in range(2)]
    assert (epochs[0] != epochs[1]).any()
    for images in epochs:
        assert sorted(images[:, 0, 0, 0].tolist()) == pictures()[:, 0, 0, 0].tolist()
    assert len(dataset) == 3
    assert dataset.options().autotune.enabled is False  # its thread waits at an epoch's end


def test_features_are_shuffled_too() -> None:
    features = np.arange(COUNT, dtype=np.float32)[:, None]
    images, rows = epoch(MixedBatches(features, targets(), Recipe("x", batch_size=4)))
    assert (images[:, 0] == rows.argmax(axis=1)).all()
    assert sorted(images[:, 0].tolist()) == features[:, 0].tolist()


def shown_shares(images: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The grey that the mixed targets promise, for each picture."""
    return (rows * 20 * np.arange(COUNT)).sum(axis=1)


def test_mixup_blends_pictures_as_it_blends_their_targets() -> None:
    recipe = Recipe("x", batch_size=5, mixup_alpha=0.4)
    images, rows = epoch(MixedBatches(pictures(), targets(), recipe))
    assert rows.sum(axis=1) == pytest.approx(1)
    assert images[:, 0, 0, 0] == pytest.approx(shown_shares(images, rows), abs=1.01)
    assert ((rows > 0).sum(axis=1) == 2).any()
    assert rows.max(axis=1).min() >= 0.5  # the first of a pair stays the larger part


def test_cutmix_takes_the_share_that_its_rectangle_covers() -> None:
    recipe = Recipe("x", batch_size=5, cutmix_alpha=1.0)
    batches = MixedBatches(pictures(), targets(), recipe)
    cut = False
    for _ in range(4):
        images, rows = epoch(batches)
        assert rows.sum(axis=1) == pytest.approx(1)
        assert images.mean(axis=(1, 2, 3)) == pytest.approx(shown_shares(images, rows), abs=1e-4)
        assert all(len(np.unique(image)) <= 2 for image in images)
        cut = cut or any(len(np.unique(image)) == 2 for image in images)
        batches.on_epoch_end()
    assert cut
    assert (batches.inputs == pictures()).all()  # the data set itself stays whole


def test_both_mixtures_take_turns() -> None:
    recipe = Recipe("x", batch_size=5, mixup_alpha=1.0, cutmix_alpha=1.0)
    batches = MixedBatches(pictures(), targets(), recipe)
    kinds = set()
    for _ in range(10):
        images, rows = epoch(batches)
        mixed = (rows > 0).sum(axis=1) == 2
        kinds |= {len(np.unique(image)) for image in images[mixed]}
        batches.on_epoch_end()
    assert kinds == {1, 2}  # a blend has one grey, a cut has two


def test_whole_splits_are_prepared_in_grey_or_colour() -> None:
    colors = np.zeros((3, 60, 60, 3), np.uint8)
    colors[..., 0] = 200
    spec = InputSpec(size=32, source_size=48, grayscale=False)
    assert prepare_split(colors, spec).shape == (3, 32, 32, 3)
    assert prepare_split(colors, replace(spec, grayscale=True)).shape == (3, 32, 32, 1)
    assert prepare_split(colors[:0], spec).shape == (0, 32, 32, 3)
    assert np.unique(prepare_split(colors, spec)[..., 0]).tolist() == [200]
