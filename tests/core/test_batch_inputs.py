"""Which files are analysed, and in which order."""

import os

import pytest

from fer_core.batch.inputs import find_inputs
from fer_core.errors import FerError
from tests import media_corpus as corpus


def photo(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(corpus.photo_bytes(corpus.quadrants((8, 6))))
    return path


def test_folders_are_walked_in_order_and_hidden_files_skipped(tmp_path):
    for name in ("b/2.png", "b/1.png", "a.png", "c/d/e.png", ".hidden.png", ".git/x.png"):
        photo(tmp_path / "in" / name)
    inputs, left_out = find_inputs([str(tmp_path / "in")], out=tmp_path / "out")
    names = [os.path.relpath(each.file, tmp_path / "in") for each in inputs]
    assert (names, left_out) == (["a.png", "b/1.png", "b/2.png", "c/d/e.png"], 0)
    assert [each.folders for each in inputs] == [
        ("in",),
        ("b", "in"),
        ("b", "in"),
        ("d", "c", "in"),
    ]
    assert {each.kind for each in inputs} == {"image"}


def test_files_keep_their_order_and_may_come_twice(tmp_path):
    one, two = photo(tmp_path / "happy" / "1.png"), photo(tmp_path / "2.png")
    inputs, _ = find_inputs([str(two), str(one), str(two)], out=tmp_path / "out")
    assert [each.file for each in inputs] == [str(two), str(one), str(two)]
    assert inputs[1].folders == ("happy",)


def test_in_folders_other_files_are_left_out_and_damaged_ones_are_not(tmp_path):
    folder = tmp_path / "in"
    photo(folder / "photo_without_ending")
    (folder / "notes.txt").write_text("To do.")
    (folder / "empty.HEIC").write_bytes(b"")
    (folder / "letter.mp4").write_text("Dear friend,")
    inputs, left_out = find_inputs([str(folder)], out=tmp_path / "out")
    assert [(os.path.basename(each.file), each.kind) for each in inputs] == [
        ("empty.HEIC", None),
        ("letter.mp4", None),
        ("photo_without_ending", "image"),
    ]
    assert left_out == 1 and inputs[0].problem.startswith("Expected ")
    inputs, left_out = find_inputs([str(folder / "notes.txt")], out=tmp_path / "out")
    assert (inputs[0].kind, left_out) == (None, 0)


def test_results_are_not_analysed(tmp_path):
    photo(tmp_path / "1.png")
    photo(tmp_path / "out" / "1_annotated.jpg")
    inputs, _ = find_inputs([str(tmp_path)], out=tmp_path / "out")
    assert [os.path.basename(each.file) for each in inputs] == ["1.png"]
    with pytest.raises(FerError, match="another folder"):
        find_inputs([str(tmp_path)], out=tmp_path / "out" / "..")


def test_what_is_no_file_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    for names in ([str(tmp_path)], [str(tmp_path / "pipe.png")], [str(tmp_path / "missing.png")]):
        (one,), _ = find_inputs(names, out=tmp_path / "out")
        assert one.kind is None and one.problem.startswith("Expected a file")


def test_a_name_that_cannot_be_looked_up_is_a_problem(tmp_path):
    (one,), _ = find_inputs([str(tmp_path / ("x" * 300 + ".png"))], out=tmp_path / "out")
    assert one.kind is None and one.problem.startswith("Expected ")


def test_folders_that_cannot_be_searched_are_problems(tmp_path, monkeypatch):
    for name in ("1.png", "a/2.png", "b/3.png"):
        photo(tmp_path / "in" / name)
    scandir = os.scandir

    def refuse(path):  # as the system does, though not to tests that run as root
        if os.path.basename(path) == "a":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    inputs, left_out = find_inputs([str(tmp_path / "in"), str(tmp_path / "in" / "a")], out=tmp_path)
    names = [os.path.relpath(each.file, tmp_path / "in") for each in inputs]
    assert (names, left_out) == (["1.png", "b/3.png", "a", "a"], 0)
    assert [each.kind for each in inputs] == ["image", "image", None, None]
    assert "Permission denied" in inputs[2].problem


def test_links_that_go_in_circles_end(tmp_path):
    photo(tmp_path / "in" / "1.png")
    (tmp_path / "in" / "again").symlink_to(tmp_path / "in")
    inputs, _ = find_inputs([str(tmp_path / "in")], out=tmp_path / "out")
    assert len(inputs) == 1
