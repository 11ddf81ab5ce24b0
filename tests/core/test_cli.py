"""The command line: rows, annotated copies, exit status, never a traceback."""

import io
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from fer_core import __main__ as cli
from fer_core import analyze as analyze_module
from fer_core.batch import work
from fer_core.media import kind_of, probe_video, read_image
from fer_core.testing import FakeClassifier, FakeDetector, make_face, write_fake_run
from tests import media_corpus as corpus

RESULTS = {"results.jsonl", "results.csv", "results.parquet", "overview.csv", "run.json"}


def names_in(folder):
    return {path.name for path in folder.iterdir()}


@pytest.fixture(autouse=True)
def fakes(monkeypatch):
    """A detector that sees one face everywhere, and a model that calls it happy."""
    face = [make_face(8, 8, 32)]
    monkeypatch.setattr(analyze_module, "create_detector", lambda: FakeDetector(face))
    monkeypatch.setattr(cli, "load_classifier", lambda *_, **__: FakeClassifier())


def analyze(*files, out, options=()):
    """Exit status and rows of a run in this process, where the fakes are."""
    status = cli.main(["analyze", *map(str, files), "--out", str(out), "--workers", "0", *options])
    text = (out / cli.RESULTS_FILE).read_text(encoding="utf-8")
    return status, [json.loads(line) for line in text.splitlines()]


def test_a_photo_and_a_clip_become_rows_with_annotated_copies(tmp_path):
    photo, clip, out = tmp_path / "a.png", tmp_path / "b.mov", tmp_path / "new" / "out"
    photo.write_bytes(corpus.photo_bytes(corpus.quadrants()))
    corpus.write_clip(clip, times_s=[index / 10 for index in range(20)])
    status, (first, second) = analyze(photo, clip, out=out, options=["--sample-fps", "5"])
    assert status == 0
    assert (first["file"], first["status"], first["kind"]) == (str(photo), "ok", "image")
    assert [face["label"] for face in first["faces"]] == ["happy"]
    assert (second["kind"], len(second["timeline"])) == ("video", 10)
    assert second["summary"]["dominant"] == "happy"
    drawn = read_image(out / first["annotated"])
    assert drawn.shape == (48, 64, 3)
    assert np.abs(drawn.astype(int) - corpus.quadrants()).max() > 60
    info = probe_video(out / second["annotated"])
    assert (info.size_wh, info.fps, round(info.duration_s, 1)) == ((64, 48), 5.0, 2.0)
    assert names_in(out) == {*RESULTS, "a_annotated.jpg", "b_annotated.mp4"}


def test_every_usable_file_is_a_row(tmp_path):
    makers = corpus.PHOTOS | corpus.CLIPS
    for name, make in makers.items():
        make(tmp_path / name)
    status, rows = analyze(*(tmp_path / name for name in makers), out=tmp_path / "out")
    assert status == 0
    for row in rows:
        assert row["status"] == "ok"
        assert kind_of(tmp_path / "out" / row["annotated"]) == row["kind"]


def test_every_unusable_file_is_a_row_and_the_others_are_done(tmp_path, capsys):
    for name, make in corpus.REFUSED.items():
        make(tmp_path / name)
    corpus.PHOTOS["face.jpg"](tmp_path / "face.jpg")
    files = [*(tmp_path / name for name in corpus.REFUSED), tmp_path / "missing.jpg"]
    status, rows = analyze(*files, tmp_path / "face.jpg", out=tmp_path / "out")
    assert status == 1
    assert [row["status"] for row in rows] == ["error"] * len(files) + ["ok"]
    for row in rows[:-1]:
        assert row["message"].startswith("Expected ") and row["message"].endswith(".")
        assert row["kind"] in ("image", "video")
    complaints = capsys.readouterr().err.splitlines()
    assert sorted(complaints) == sorted(f"{row['file']}: {row['message']}" for row in rows[:-1])
    assert names_in(tmp_path / "out") == {*RESULTS, "face_annotated.jpg"}


def test_a_photo_without_a_face_is_ok(tmp_path, monkeypatch):
    monkeypatch.setattr(analyze_module, "create_detector", lambda: FakeDetector([]))
    corpus.PHOTOS["no_face.png"](tmp_path / "wall.png")
    status, (row,) = analyze(tmp_path / "wall.png", out=tmp_path / "out")
    assert (status, row["status"], row["faces"]) == (0, "ok", [])
    assert row["message"].startswith("No face found")


def test_copies_have_names_of_their_own_and_inputs_are_never_overwritten(tmp_path):
    files = [tmp_path / "a.png", tmp_path / "A.jpg", tmp_path / "a_annotated.jpg"]
    files.append(tmp_path / "other" / "a.png")
    (tmp_path / "other").mkdir()
    for file in files:
        file.write_bytes(corpus.photo_bytes(corpus.quadrants()))
    before = {file: file.read_bytes() for file in files}
    status, rows = analyze(*files, files[0], out=tmp_path)
    assert status == 0
    assert [row["annotated"] for row in rows] == [
        "a-2_annotated.jpg",
        "A-3_annotated.jpg",
        "a_annotated_annotated.jpg",
        "a-4_annotated.jpg",
        "a-5_annotated.jpg",
    ]
    assert {file: file.read_bytes() for file in files} == before


def test_long_names_are_shortened(tmp_path):
    file = tmp_path / ("x" * 240 + ".png")
    file.write_bytes(corpus.photo_bytes(corpus.quadrants()))
    status, (row,) = analyze(file, out=tmp_path / "out")
    assert (status, row["file"]) == (0, str(file))


def test_an_unexpected_failure_costs_one_file(tmp_path, monkeypatch):
    corpus.PHOTOS["face.jpg"](tmp_path / "face.jpg")
    corpus.write_clip(tmp_path / "clip.mp4")

    def fail(*_):
        raise MemoryError("no more")

    monkeypatch.setattr(work, "draw_faces", fail)
    status, rows = analyze(tmp_path / "face.jpg", tmp_path / "clip.mp4", out=tmp_path / "out")
    assert (status, [row["kind"] for row in rows]) == (1, ["image", "video"])
    assert all("unexpected MemoryError (no more)" in row["message"] for row in rows)
    assert names_in(tmp_path / "out") == RESULTS


def test_a_full_disk_is_a_sentence_and_nothing_is_written_half(tmp_path, monkeypatch):
    corpus.PHOTOS["face.jpg"](tmp_path / "face.jpg")

    def fail(image, path, *_, **__):
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fail)
    status, (row,) = analyze(tmp_path / "face.jpg", out=tmp_path / "out")
    assert status == 1 and "No space left on device" in row["message"]
    assert names_in(tmp_path / "out") == RESULTS


def test_ctrl_c_keeps_the_finished_rows(tmp_path, monkeypatch, capsys):
    corpus.PHOTOS["face.jpg"](tmp_path / "face.jpg")
    corpus.write_clip(tmp_path / "clip.mp4")

    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(work.VideoWriter, "write", stop)
    status, rows = analyze(tmp_path / "face.jpg", tmp_path / "clip.mp4", out=tmp_path / "out")
    assert (status, [row["status"] for row in rows]) == (130, ["ok"])
    assert "Stopped" in capsys.readouterr().err
    assert names_in(tmp_path / "out") == {*RESULTS, "face_annotated.jpg"}


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["analyse"],
        ["analyze"],
        ["analyze", "a.jpg"],
        ["analyze", "--out", "out"],
        *(["analyze", "a.jpg", "--out", "out", "--sample-fps", v] for v in ("0", "-1", "x", "nan")),
        *(["analyze", "a.jpg", "--out", "out", "--workers", v] for v in ("-1", "x", "1.5", "1025")),
        ["analyze", "a.jpg", "--out", "out", "--engine", "other"],
        ["analyze", "a.jpg", "--out", "out", "--head", "other"],
    ],
)
def test_a_wrong_call_is_explained(tmp_path, monkeypatch, capsys, arguments):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m fer_core" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_no_workers_on_a_cluster_is_a_sentence(tmp_path, capsys):
    call = ["analyze", "a.jpg", "--out", str(tmp_path / "out"), "--engine", "ray"]
    assert cli.main([*call, "--workers", "0"]) == 2
    assert "--workers" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_names_that_the_terminal_lacks_letters_for_are_printed(tmp_path, monkeypatch):
    file = tmp_path / "张.jpg"
    corpus.PHOTOS["face.jpg"](file)
    printed = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(printed, encoding="ascii"))
    status, _ = analyze(file, out=tmp_path / "out")
    sys.stdout.flush()
    assert status == 0 and b"\\u5f20.jpg: happy" in printed.getvalue()


def test_an_unusable_output_folder_is_a_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder" / cli.RESULTS_FILE).mkdir(parents=True)
    for out in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / "folder"):
        assert cli.main(["analyze", "a.jpg", "--out", str(out)]) == 2
        assert "Name another folder" in capsys.readouterr().err


def test_a_broken_model_is_a_sentence_and_old_results_stay(tmp_path, monkeypatch, capsys):
    monkeypatch.undo()  # the real loader
    (tmp_path / cli.RESULTS_FILE).write_text("{}\n")
    without_weights = write_fake_run(tmp_path / "run")
    for model in (tmp_path / "missing", without_weights):
        arguments = ["analyze", "a.jpg", "--out", str(tmp_path), "--model", str(model)]
        assert cli.main(arguments) == 2
        assert capsys.readouterr().err.startswith("fer_core: Expected ")
    assert (tmp_path / cli.RESULTS_FILE).read_text() == "{}\n"


def test_the_chosen_head_and_model_reach_the_loader(tmp_path, monkeypatch):
    asked = []

    def load(folder, *, head):
        asked.append((folder and folder.name, head))
        return FakeClassifier()

    monkeypatch.setattr(cli, "load_classifier", load)
    for options in ([], ["--head", "ferplus", "--model", "models/other"]):
        analyze("missing.jpg", out=tmp_path, options=options)
    assert asked == [(None, None), ("other", "ferplus")]


def test_progress_is_shown_on_a_terminal_only(tmp_path, monkeypatch, capsys):
    corpus.write_clip(tmp_path / "clip.mp4")
    analyze(tmp_path / "clip.mp4", out=tmp_path / "out")
    captured = capsys.readouterr()
    assert captured.err == ""
    said, whole = captured.out.splitlines()
    assert said == f"{tmp_path / 'clip.mp4'}: mostly happy (100%)"
    assert whole == f"1 of 1 analysed: {tmp_path / 'out' / 'results.jsonl'}"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    analyze(tmp_path / "clip.mp4", out=tmp_path / "out", options=["--again"])
    assert "[1/1 files]" in capsys.readouterr().err


def test_as_a_program_it_ends_with_its_status(tmp_path):
    call = [sys.executable, "-m", "fer_core", "analyze", "a.jpg", "--out", str(tmp_path)]
    done = subprocess.run(
        [*call, "--model", str(tmp_path / "none")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("fer_core: Expected a model folder")
    assert "Traceback" not in done.stderr


def test_an_interrupt_from_the_terminal_is_no_traceback(tmp_path):
    # The program says when it waits, so that the moment of the interrupt is known.
    program = (
        "import sys, fer_core.__main__ as cli\n"
        "def wait(*_, **__):\n"
        "    print('ready', flush=True); sys.stdin.read()\n"
        "cli.load_classifier = wait\n"
        f"sys.exit(cli.main(['analyze', 'a.jpg', '--out', {str(tmp_path)!r}]))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "ready\n"
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped" in errors and "Traceback" not in errors


def test_labelled_folders_are_judged(tmp_path, capsys):
    for name in ("happy", "sad"):
        (tmp_path / "in" / name).mkdir(parents=True)
        corpus.PHOTOS["face.jpg"](tmp_path / "in" / name / "face.jpg")
    status, rows = analyze(tmp_path / "in", out=tmp_path / "out", options=["--labels"])
    assert (status, len(rows)) == (0, 2)
    report = json.loads((tmp_path / "out" / "labels.json").read_text())
    assert (report["accuracy"], report["model"]["name"]) == (0.5, "fake")
    assert "Right: 50.0% of those read" in capsys.readouterr().out


def test_what_is_left_out_and_what_was_done_before_is_said(tmp_path, capsys):
    corpus.PHOTOS["face.jpg"](tmp_path / "face.jpg")
    (tmp_path / "notes.txt").write_text("To do.")
    for words in ("1 of 1 analysed (1 left out", "1 of 1 analysed (1 had been analysed before; 1"):
        analyze(tmp_path, out=tmp_path / "out")
        assert words in capsys.readouterr().out
    assert cli.main(["analyze", str(tmp_path), "--out", str(tmp_path)]) == 2
    assert "another folder" in capsys.readouterr().err


def test_one_file_waits_for_no_other_process_and_many_are_shared_out(tmp_path, monkeypatch):
    pools = []

    def pool(tasks, make_read, *, workers):
        pools.append((len(tasks), workers))
        yield from ()

    monkeypatch.setattr(cli, "run_local", pool)
    monkeypatch.setattr(cli, "processors", lambda: 5)
    files = [str(tmp_path / name) for name in ("a.jpg", "b.jpg")]
    for file in files:
        corpus.PHOTOS["face.jpg"](type(tmp_path)(file))
    cli.main(["analyze", files[0], "--out", str(tmp_path / "one")])
    assert pools == []
    cli.main(["analyze", *files, "--out", str(tmp_path / "two")])
    cli.main(["analyze", *files, "--out", str(tmp_path / "three"), "--workers", "3"])
    assert pools == [(2, 5), (2, 3)]


def test_every_frame_can_be_analysed(tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4", times_s=[index / 10 for index in range(12)])
    _, (row,) = analyze(tmp_path / "clip.mp4", out=tmp_path, options=["--sample-fps", "all"])
    assert len(row["timeline"]) == 12
    assert round(probe_video(tmp_path / row["annotated"]).duration_s, 1) == 1.2
