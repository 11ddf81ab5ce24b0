"""A whole run: names, what is done before, what is left when something ends it."""

import hashlib
import json
import os

import pandas as pd
import pytest

from fer_core.batch.inputs import find_inputs
from fer_core.batch.local import run_here
from fer_core.batch.run import Plan, _program_digest, analyze_files
from fer_core.bundle import sha256_of
from fer_core.errors import FerError
from fer_core.export import error_entry, image_entry, table
from fer_core.pipeline import FramePipeline
from fer_core.testing import FakeClassifier, FakeDetector, synthetic_frame
from fer_core.writing import held
from tests import media_corpus as corpus

RESULT_FILES = ("results.jsonl", "results.csv", "results.parquet", "overview.csv", "run.json")


class Reads:
    """An engine in this process that counts, and that fails at a file when told so."""

    def __init__(self, fail_at=None, error=RuntimeError):
        self.files, self._fail_at, self._error = [], fail_at, error
        self._pipeline = FramePipeline(FakeDetector(), FakeClassifier())

    def __call__(self, tasks):
        return run_here(tasks, self._read)

    def _read(self, task):
        name = os.path.basename(task.file)
        if name == self._fail_at:
            raise self._error
        self.files.append(name)
        with open(task.path, "rb") as file:
            content = file.read()
        with open(task.target, "wb") as file:
            file.write(content)
        if name.startswith("bad"):
            return error_entry(task.file, "Expected something else.", task.kind)
        result = self._pipeline.process(synthetic_frame(), timestamp_s=0)
        digest = hashlib.sha256(content).hexdigest()
        return image_entry(task.file, result, model={"name": "fake"}) | {"digest": digest}


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        image = corpus.quadrants((8 + number, 6))
        (folder / f"{number}.png").write_bytes(corpus.photo_bytes(image))
    return folder


def run(folder, out, engine, **options):
    inputs, _ = find_inputs([str(folder)], out=out)
    return analyze_files(Plan(inputs, out, FakeClassifier(), 3.0, **options), engine)


def rows(out):
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def all_bytes(out):
    return {name: (out / name).read_bytes() for name in RESULT_FILES}


def test_records_tables_and_copies_are_written(photos, tmp_path):
    (photos / "bad.png").write_bytes((photos / "0.png").read_bytes())
    out, told = tmp_path / "out", []
    outcome = run(photos, out, Reads(), told=told.append)
    assert (outcome.analysed, outcome.failed, outcome.before) == (5, 1, 0)
    entries = rows(out)
    assert [os.path.basename(entry["file"]) for entry in entries] == [
        *(f"{n}.png" for n in range(5)),
        "bad.png",
    ]
    assert told == entries
    assert [entry.get("annotated") for entry in entries[-2:]] == ["4_annotated.jpg", None]
    assert (out / "4_annotated.jpg").read_bytes() == (photos / "4.png").read_bytes()
    expected = table(entries, labels=FakeClassifier().labels)
    pd.testing.assert_frame_equal(pd.read_parquet(out / "results.parquet"), expected)
    assert len(pd.read_csv(out / "results.csv")) == 5
    assert pd.read_csv(out / "overview.csv")["status"].tolist() == ["ok"] * 5 + ["error"]
    assert not (out / ".unfinished").exists()


def test_nothing_gives_empty_tables(tmp_path):
    (tmp_path / "in").mkdir()
    outcome = run(tmp_path / "in", tmp_path / "out", Reads())
    assert (outcome.analysed, outcome.failed) == (0, 0)
    assert pd.read_csv(tmp_path / "out" / "results.csv").shape[0] == 0
    assert "raw_happy" in pd.read_parquet(tmp_path / "out" / "results.parquet").columns


def test_what_was_analysed_is_not_analysed_again(photos, tmp_path):
    out = tmp_path / "out"
    run(photos, out, Reads())
    before = all_bytes(out)
    second = Reads()
    outcome = run(photos, out, second)
    assert (second.files, outcome.before, outcome.analysed) == ([], 5, 5)
    assert all_bytes(out) == before
    again = Reads()
    run(photos, out, again, again=True)
    assert len(again.files) == 5 and all_bytes(out) == before


def test_other_content_or_a_lost_copy_is_analysed_again(photos, tmp_path):
    out = tmp_path / "out"
    run(photos, out, Reads())
    (photos / "1.png").write_bytes(corpus.photo_bytes(corpus.quadrants((30, 30))))
    (out / "3_annotated.jpg").unlink()
    second = Reads()
    run(photos, out, second)
    assert second.files == ["1.png", "3.png"]
    assert (out / "1_annotated.jpg").read_bytes() == (photos / "1.png").read_bytes()


def test_a_copy_that_another_file_took_over_is_made_again(photos, tmp_path):
    out, other = tmp_path / "out", tmp_path / "other"
    other.mkdir()
    for name in ("0.png", "1.png"):
        (other / name).write_bytes(corpus.photo_bytes(corpus.quadrants((20, 20))))
    run(photos, out, Reads())
    with pytest.raises(RuntimeError):  # ended when the copy of the first file is in its place
        run(other, out, Reads(fail_at="1.png"))
    assert (out / "0_annotated.jpg").read_bytes() == (other / "0.png").read_bytes()
    again = Reads()
    run(photos, out, again)
    assert again.files == ["0.png"]
    assert (out / "0_annotated.jpg").read_bytes() == (photos / "0.png").read_bytes()


def test_another_version_of_the_program_is_told_wherever_it_lies(tmp_path, monkeypatch):
    root = tmp_path / "training" / "fer_core"
    (root / "batch").mkdir(parents=True)
    (root / "training").mkdir()
    monkeypatch.setattr("fer_core.batch.run.__file__", str(root / "batch" / "run.py"))
    digests = []
    for name in ("pipeline.py", "training/train.py"):
        (root / name).write_text("")
        digests.append(_program_digest())
        (root / name).write_text("changed")
        digests.append(_program_digest())
    assert digests[0] != digests[1]
    assert digests[1] == digests[2] == digests[3]  # of the trainer nothing depends


def test_only_what_is_read_is_told(photos, tmp_path):
    out, told, passed = tmp_path / "out", [], []
    run(photos, out, Reads())
    corpus.REFUSED["empty.jpg"](photos / "empty.jpg")
    (photos / "3.png").write_bytes(corpus.photo_bytes(corpus.quadrants((30, 30))))
    run(photos, out, Reads(), told=told.append, passed=lambda: passed.append(1))
    assert [os.path.basename(entry["file"]) for entry in told] == ["empty.jpg", "3.png"]
    assert len(passed) == 4


def test_failures_are_tried_again(photos, tmp_path):
    (photos / "bad.png").write_bytes((photos / "0.png").read_bytes())
    run(photos, tmp_path / "out", Reads())
    second = Reads()
    run(photos, tmp_path / "out", second)
    assert second.files == ["bad.png"]


def test_a_renamed_folder_is_not_analysed_again_and_its_rows_have_the_new_name(photos, tmp_path):
    run(photos, tmp_path / "out", Reads())
    second = Reads()
    run(photos.rename(tmp_path / "moved"), tmp_path / "out", second)
    assert second.files == []
    assert {os.path.basename(os.path.dirname(row["file"])) for row in rows(tmp_path / "out")} == {
        "moved"
    }


def test_what_a_call_does_not_name_is_kept_for_one_that_does(photos, tmp_path):
    out, new = tmp_path / "out", tmp_path / "new"
    run(photos, out, Reads())
    before = all_bytes(out)
    new.mkdir()
    (new / "other.png").write_bytes(corpus.photo_bytes(corpus.quadrants((30, 30))))
    for number in range(2):  # the second time nothing is read at all
        engine = Reads()
        run(new, out, engine)
        assert engine.files == ["other.png"][number:]
        assert [os.path.basename(row["file"]) for row in rows(out)] == ["other.png"]
    last = Reads()
    run(photos, out, last)
    assert last.files == [] and all_bytes(out) == before


def test_another_model_or_another_rate_starts_anew(photos, tmp_path):
    out = tmp_path / "out"
    inputs, _ = find_inputs([str(photos)], out=out)
    other = FakeClassifier()
    other.card.sha256["model.tflite"] = "ab" * 32
    for classifier, fps in ((FakeClassifier(), 3.0), (FakeClassifier(), 5.0), (other, 5.0)):
        engine = Reads()
        analyze_files(Plan(inputs, out, classifier, fps), engine)
        assert len(engine.files) == 5


def test_a_run_that_was_ended_goes_on_and_gives_the_same_bytes(photos, tmp_path):
    run(photos, tmp_path / "whole", Reads())
    out = tmp_path / "out"
    with pytest.raises(RuntimeError):
        run(photos, out, Reads(fail_at="3.png"))
    assert not (out / "results.jsonl").exists()
    # As when the machine went down in the middle of writing.
    with (out / ".unfinished" / "results.jsonl").open("ab") as journal:
        journal.write(b'{"file": "half')
    (out / ".unfinished" / "3.jpg").write_bytes(b"half")
    second = Reads()
    outcome = run(photos, out, second)
    assert (second.files, outcome.before) == (["3.png", "4.png"], 3)
    assert all_bytes(out) == all_bytes(tmp_path / "whole")
    assert not (out / ".unfinished").exists()


def test_ctrl_c_leaves_results_of_what_is_finished(photos, tmp_path):
    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run(photos, out, Reads(fail_at="2.png", error=KeyboardInterrupt))
    assert len(rows(out)) == len(pd.read_csv(out / "overview.csv")) == 2
    assert not (out / ".unfinished").exists()
    second = Reads()
    run(photos, out, second)
    assert second.files == ["2.png", "3.png", "4.png"]


def test_ctrl_c_before_anything_is_analysed_leaves_results_as_they_are(
    photos, tmp_path, monkeypatch
):
    out = tmp_path / "out"
    run(photos, out, Reads())
    before = all_bytes(out)

    def stop(path):
        if path.name == "2.png":
            raise KeyboardInterrupt
        return sha256_of(path)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("fer_core.batch.run.sha256_of", stop)
        run(photos, out, Reads())
    assert all_bytes(out) == before
    third = Reads()
    run(photos, out, third)
    assert third.files == [] and all_bytes(out) == before


def test_the_same_content_twice_has_two_rows_and_two_copies(photos, tmp_path):
    (photos / "sub").mkdir()
    (photos / "sub" / "0.png").write_bytes((photos / "0.png").read_bytes())
    out = tmp_path / "out"
    run(photos, out, Reads())
    before = all_bytes(out)
    assert [row["annotated"] for row in rows(out)][::5] == ["0_annotated.jpg", "0-2_annotated.jpg"]
    second = Reads()
    run(photos, out, second)
    assert second.files == [] and all_bytes(out) == before


def test_memory_is_spared_and_the_tables_are_the_same(photos, tmp_path, monkeypatch):
    run(photos, tmp_path / "one", Reads())
    monkeypatch.setattr("fer_core.batch.tables._MOST_ROWS", 2)
    run(photos, tmp_path / "parts", Reads())
    for name in ("results.csv", "overview.csv", "results.jsonl"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    one, parts = (pd.read_parquet(tmp_path / each / "results.parquet") for each in ("one", "parts"))
    pd.testing.assert_frame_equal(one, parts)


def test_a_full_disk_is_a_sentence_and_what_is_done_is_kept(photos, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("fer_core.batch.run.write_tables", full)
        with pytest.raises(FerError, match="No space left on device"):
            run(photos, tmp_path / "out", Reads())
    second = Reads()
    run(photos, tmp_path / "out", second)
    assert second.files == []


def test_files_named_alike_in_other_letters_do_not_meet(photos, tmp_path):
    for name in ("A.png", "a.PNG", "a-2.png"):
        (photos / name).write_bytes((photos / "0.png").read_bytes())
    run(photos, tmp_path / "out", Reads())
    names = [row["annotated"].casefold() for row in rows(tmp_path / "out")]
    assert len(set(names)) == len(names) == 8


def test_a_copy_that_finds_no_place_is_a_sentence(photos, tmp_path):
    run(photos, tmp_path / "out", Reads())
    (tmp_path / "out" / "1_annotated.jpg").unlink()
    (tmp_path / "out" / "1_annotated.jpg" / "in the way").mkdir(parents=True)
    with pytest.raises(FerError, match="may be written to"):
        run(photos, tmp_path / "out", Reads())


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *((name, "mine") for name in (*RESULT_FILES, "labels.csv", "labels.json")),
        *(("run.json", content) for content in ("[]", '{"name": "my run"}')),
        *((name, "mine") for name in (".unfinished", "1_annotated.jpg")),
    ],
)
def test_files_of_somebody_else_are_not_touched(photos, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    engine, before = Reads(), sorted(tmp_path.iterdir())
    with pytest.raises(FerError, match="Name another folder"):
        run(photos, tmp_path, engine)
    assert (engine.files, sorted(tmp_path.iterdir())) == ([], before)
    assert (tmp_path / name).read_text() == content


def test_results_of_another_version_are_replaced(photos, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("fer_core.batch.run._program_digest", lambda: "earlier")
        run(photos, tmp_path / "out", Reads())
    second = Reads()
    run(photos, tmp_path / "out", second)
    assert len(second.files) == 5


def test_two_runs_do_not_share_a_folder(photos, tmp_path):
    pytest.importorskip("fcntl")
    with held(tmp_path / "out"), pytest.raises(FerError, match="no other run"):
        run(photos, tmp_path / "out", Reads())
    run(photos, tmp_path / "out", Reads())


def test_labels_of_an_earlier_run_do_not_stay(photos, tmp_path):
    out = tmp_path / "out"
    run(photos, out, Reads(), labels=True)
    assert (out / "labels.json").exists() and (out / "labels.csv").exists()
    run(photos, out, Reads())
    assert not (out / "labels.json").exists() and not (out / "labels.csv").exists()


def test_long_names_of_many_bytes_a_letter_are_cut_between_letters(photos, tmp_path):
    (photos / ("张" * 80 + ".png")).write_bytes((photos / "0.png").read_bytes())
    run(photos, tmp_path / "out", Reads())
    assert rows(tmp_path / "out")[-1]["annotated"] == "张" * 33 + "_annotated.jpg"


def test_ctrl_c_in_the_middle_of_keeping_a_record_leaves_whole_ones(photos, tmp_path, monkeypatch):
    out, written = tmp_path / "out", []

    def write(entry):
        written.append(entry)
        if len(written) == 3:
            raise KeyboardInterrupt
        return json.dumps(entry) + "\n"

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("fer_core.batch.rows.to_json_line", write)
        run(photos, out, Reads())
    assert len(rows(out)) == 2
