"""The process that decodes: limited, killable, and nothing of it left."""

import io
import os
import select
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from bench import live_footprint
from fer_core import decoding, sandbox
from fer_core.errors import MediaError
from fer_core.media import iter_frames, probe_video, read_frame, read_image
from tests import media_corpus as corpus

pytestmark = pytest.mark.skipif(not sandbox.AVAILABLE, reason="decodes in this process here")

PATIENCE_S = 30.0
PHOTO = corpus.photo_bytes(corpus.quadrants())


_EARLIER: set[int] = set()  # processes of other tests, such as a tracker of multiprocessing


def children() -> set[int]:
    """The processes that this one has started since the test began, zombies included."""
    return live_footprint.children() - _EARLIER


@pytest.fixture(autouse=True)
def only_own_decoders():
    sandbox._IDLE.clear()
    _EARLIER.clear()
    _EARLIER.update(children())
    yield
    sandbox._IDLE.clear()


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Sixty frames, each of another grey."""
    greys = [np.full((48, 64, 3), 4 * index, np.uint8) for index in range(60)]
    path = tmp_path_factory.mktemp("clip") / "greys.mp4"
    times_s = [index / 30 for index in range(60)]
    corpus.write_clip(path, images=greys, times_s=times_s, heard=corpus.tone(2.0))
    return path


def started_by(act):
    before = children()
    outcome = act()
    return outcome, children() - before


def kill(pid, fatal=signal.SIGKILL):
    """Ends a process and waits until it has ended; it stays a zombie."""
    os.kill(pid, fatal)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


def test_a_process_serves_one_file_after_the_other():
    _, first = started_by(lambda: read_image(PHOTO))
    _, second = started_by(lambda: read_image(PHOTO))
    assert (len(first), len(second)) == (1, 0)


def test_a_process_is_replaced_after_so_many_files(monkeypatch):
    monkeypatch.setattr(sandbox, "_JOBS_A_PROCESS", 2)
    counts = [len(started_by(lambda: read_image(PHOTO))[1]) for _ in range(3)]
    assert (counts[0], counts[2]) == (1, 1)
    assert len(children()) == 1


def test_a_process_that_worked_for_long_is_replaced(monkeypatch, clip):
    """Its limit of processor time holds for all its files together."""
    monkeypatch.setattr(sandbox, "_BUSY_S_A_PROCESS", 0.0)
    read_image(PHOTO)
    assert children() == set()


def test_a_process_that_died_while_it_waited_costs_no_file():
    read_image(PHOTO)
    (pid,) = children()
    kill(pid)
    assert corpus.corners(read_image(PHOTO)) == "RGBK"


def test_a_damaged_file_does_not_cost_the_process():
    read_image(PHOTO)
    pids = children()
    with pytest.raises(MediaError):
        read_image(PHOTO[:100])
    assert children() == pids


def test_closing_the_iterator_ends_the_process_at_once(clip):
    frames = iter_frames(clip, sample_fps=None)
    next(frames)
    (pid,) = children()
    frames.close()
    assert children() == set()  # no zombie either
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_finished_clip_leaves_its_process_for_the_next_file(clip):
    assert len(list(iter_frames(clip, sample_fps=None))) == 60
    pids = children()
    assert len(pids) == 1
    read_image(PHOTO)
    assert children() == pids


@pytest.mark.parametrize("fatal", [signal.SIGSEGV, signal.SIGKILL, signal.SIGXCPU])
def test_a_crash_costs_the_file_a_sentence(clip, fatal):
    frames = iter_frames(clip, sample_fps=None)
    next(frames)
    (pid,) = children()
    kill(pid, fatal)
    with pytest.raises(MediaError, match="decoding broke off"):
        list(frames)
    assert children() == set()
    assert corpus.corners(read_image(PHOTO)) == "RGBK"


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interruption_before_the_file_is_sent_leaves_no_process(monkeypatch, error):
    def interrupt(_):
        raise error

    monkeypatch.setattr(sandbox, "_sealed_memory", interrupt)
    with pytest.raises((KeyboardInterrupt, MediaError)):
        read_image(PHOTO)
    assert children() == set()


def test_what_hangs_is_killed(clip, monkeypatch):
    frames = iter_frames(clip, sample_fps=None)
    next(frames)
    monkeypatch.setattr(sandbox, "LIMIT_S", 0.2)
    (pid,) = children()
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(MediaError, match="without getting on"):
        list(frames)
    assert children() == set()


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_its_parent_whatever_it_is_doing(clip, ending):
    program = f"""
        import os, time
        from pathlib import Path
        from fer_core.media import iter_frames
        frames = iter_frames({str(clip)!r}, sample_fps=None)
        next(frames)
        print(Path(f"/proc/self/task/{{os.getpid()}}/children").read_text(), flush=True)
        time.sleep({PATIENCE_S})
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        child = os.pidfd_open(int(parent.stdout.readline()))
        # Stopped, it cannot even read that its parent is gone: only the kernel can end it.
        signal.pidfd_send_signal(child, signal.SIGSTOP)
        parent.send_signal(ending)
        signal.pidfd_send_signal(child, signal.SIGCONT)
        ended, _, _ = select.select([child], [], [], PATIENCE_S)
        os.close(child)
    assert ended


def test_the_end_of_a_thread_does_not_end_the_process_it_started():
    program = f"""
        import threading
        from fer_core import sandbox
        from fer_core.media import read_image
        thread = threading.Thread(target=read_image, args=({PHOTO!r},))
        thread.start()
        thread.join()
        (process,) = sandbox._IDLE._processes
        print(process.is_fit() and read_image({PHOTO!r}).shape)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("(48, 64, 3)", "")


def test_a_forked_process_leaves_the_decoders_of_its_parent_alone():
    program = f"""
        import os
        from pathlib import Path
        from fer_core.media import read_image
        read_image({PHOTO!r})
        if os.fork() == 0:
            read_image({PHOTO!r})
            own = Path(f"/proc/self/task/{{os.getpid()}}/children").read_text().split()
            os._exit(len(own))
        print(os.waitstatus_to_exitcode(os.wait()[1]), read_image({PHOTO!r}).shape)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert done.stdout.strip() == "1 (48, 64, 3)"


def test_it_holds_no_secret_of_the_environment(monkeypatch):
    monkeypatch.setenv("TURN_PASSWORD", "secret")
    read_image(PHOTO)
    (pid,) = children()
    assert b"secret" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_it_is_the_first_to_go_where_memory_runs_out():
    read_image(PHOTO)
    (pid,) = children()
    assert Path(f"/proc/{pid}/oom_score_adj").read_text() == "1000\n"


def test_it_loads_no_more_than_decoding_needs():
    program = "import sys, fer_core.decoder; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert not {"tensorflow", "streamlit", "pandas", "cv2"} & set(loaded.stdout.split())


def limited(action: str) -> str:
    """What comes of an action under the limits of the decoder: its error, or nothing."""
    program = f"""
        import os, sys
        from fer_core.decoder import _limit_myself
        import numpy as np
        _limit_myself(open_files=os.dup(0))
        try:
            {action}
        except Exception as error:
            print(type(error).__name__, error)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,  # held open: its end would be taken for the parent's
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        return process.stdout.read()


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ("np.ones(100_000_000)", ""),
        ("np.ones(400_000_000)", "MemoryError"),
        ("open('/etc/hostname')", "Too many open files"),
        ("os.pipe()", "Too many open files"),
        ("__import__('socket').socket()", "Too many open files"),
        ("os.write(sys.stdout.fileno(), b'')", ""),
    ],
)
def test_its_limits(action, error):
    told = limited(action)
    assert (error in told) if error else told == ""


def test_frames_that_are_kept_keep_their_pixels(clip):
    kept = [int(image[24, 32, 0]) for _, image in list(iter_frames(clip, sample_fps=None))]
    passing = [int(image[24, 32, 0]) for _, image in iter_frames(clip, sample_fps=None)]
    assert kept == passing
    assert kept == sorted(set(kept))


def test_memory_is_used_again(clip):
    places = {
        image.__array_interface__["data"][0] for _, image in iter_frames(clip, sample_fps=None)
    }
    assert len(places) <= decoding._SLOTS


def test_no_open_file_is_left(clip):
    def open_files():
        return len(os.listdir("/proc/self/fd"))

    read_image(PHOTO)
    before = open_files()
    for _ in range(5):
        read_image(PHOTO)
        probe_video(clip)
        list(iter_frames(clip, sample_fps=5))
        next(iter_frames(clip, sample_fps=5))
        with pytest.raises(MediaError):
            read_image(PHOTO[:100])
    sandbox._IDLE.clear()
    read_image(PHOTO)
    assert open_files() == before


def test_without_the_means_of_the_system_the_same_comes_out(monkeypatch, clip):
    def everything():
        with clip.open("rb") as file:
            heard = [piece.tobytes() for piece in decoding.read_sound(file)]
        return (
            read_image(PHOTO).tobytes(),
            probe_video(clip),
            read_frame(clip, timestamp_s=1.0).tobytes(),
            [(time_s, image.tobytes()) for time_s, image in iter_frames(clip, sample_fps=5)],
            heard,
        )

    apart = everything()
    sandbox._IDLE.clear()
    monkeypatch.setattr(decoding, "AVAILABLE", False)
    assert everything() == apart
    assert children() == set()


def test_without_the_means_of_the_system_errors_are_sentences_too(monkeypatch):
    monkeypatch.setattr(decoding, "AVAILABLE", False)
    monkeypatch.setattr(decoding, "probe", lambda _: 1 / 0)
    with pytest.raises(MediaError, match="decoding broke off"):
        decoding.read_info(io.BytesIO())


@pytest.mark.parametrize("program", ["/nowhere/python", "/bin/false", "/bin/cat"])
def test_no_process_to_be_had_is_a_sentence(monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)
    monkeypatch.setattr(sandbox, "_START_S", 5.0)
    with pytest.raises(MediaError, match="Expected to start the decoder"):
        read_image(PHOTO)


def test_a_system_without_these_means_can_import_and_decode():
    program = f"""
        import os, sys
        sys.modules.update(fcntl=None, resource=None)
        del os.memfd_create, os.register_at_fork, os.O_TMPFILE
        from fer_core.media import read_image
        print(read_image({PHOTO!r}).shape)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True
    )
    assert (done.stdout.strip(), done.stderr) == ("(48, 64, 3)", "")
