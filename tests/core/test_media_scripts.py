"""Files that are instructions to open other files open nothing."""

import ctypes
import os
import sys

import numpy as np
import pytest

from fer_core.errors import MediaError
from fer_core.media import iter_frames, probe_video, read_frame
from fer_core.video import frames, probe
from tests import media_corpus as corpus


class Watch:
    """Whether anybody opens a file, as the kernel tells (inotify)."""

    def __init__(self, path):
        libc = ctypes.CDLL(None, use_errno=True)
        self._file = os.fdopen(libc.inotify_init1(os.O_NONBLOCK), "rb", buffering=0)
        in_open = 0x20
        assert libc.inotify_add_watch(self._file.fileno(), os.fsencode(path), in_open) >= 0

    def saw_it(self):
        return self._file.read(4096) is not None

    def close(self):
        self._file.close()


SCRIPTS = {
    "ffconcat": "ffconcat version 1.0\nfile '{clip}'\n",
    "ffconcat, named simply": "ffconcat version 1.0\nfile clip.mp4\n",
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{clip}\n#EXT-X-ENDLIST\n",
    "HLS, as a URL": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{clip}\n",
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
    "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "DASH": '<?xml version="1.0"?><MPD><Period><AdaptationSet><Representation>'
    "<BaseURL>{clip}</BaseURL></Representation></AdaptationSet></Period></MPD>",
}


def probe_here(path):
    """In this process, where no limit holds it back."""
    with path.open("rb") as file:
        return probe(file)


def frames_here(path):
    with path.open("rb") as file:
        return list(frames(file, lambda w, h: np.empty((h, w, 3), np.uint8), sample_fps=3))


@pytest.mark.skipif(sys.platform != "linux", reason="watches with inotify")
@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_scripts_open_no_other_file(tmp_path, monkeypatch, script):
    monkeypatch.chdir(tmp_path)
    clip, trap = tmp_path / "clip.mp4", tmp_path / "trap.mp4"
    corpus.write_clip(clip)
    trap.write_text(script.format(clip=clip))
    watch = Watch(clip)
    try:
        reads = (
            probe_video,
            lambda path: list(iter_frames(path, sample_fps=None)),
            probe_here,
            frames_here,
            lambda path: read_frame(path, timestamp_s=0.0),
            lambda path: list(iter_frames(path.read_bytes(), sample_fps=3)),
        )
        for read in reads:
            with pytest.raises(MediaError, match="Expected a video"):
                read(trap)
        assert not watch.saw_it()
        probe_video(clip)
        assert watch.saw_it()
    finally:
        watch.close()
