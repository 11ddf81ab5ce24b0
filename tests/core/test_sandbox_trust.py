"""A decoder that a file has taken over: nothing it says is believed."""

import os
import socket

import pytest

from fer_core import decoder, sandbox
from fer_core.errors import MediaError
from fer_core.media import iter_frames, read_image
from tests import media_corpus as corpus

pytestmark = pytest.mark.skipif(not sandbox.AVAILABLE, reason="decodes in this process here")

PHOTO = corpus.photo_bytes(corpus.quadrants())


def test_shared_memory_cannot_be_shrunk():
    memory = sandbox._sealed_memory(4096)
    try:
        for size in (0, 8192):
            with pytest.raises(PermissionError):
                os.ftruncate(memory, size)
    finally:
        os.close(memory)


class LyingProcess:
    """Answers what it was told, whatever it was asked."""

    def __init__(self, *replies: bytes) -> None:
        self.link, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.jobs, self.busy_s, self.killed = 0, 0.0, False
        for reply in replies:
            self._theirs.send(reply)

    def is_fit(self):
        return True

    def kill(self):
        self.killed = True
        self.link.close()
        self._theirs.close()


PICTURE = decoder.PICTURE


@pytest.mark.parametrize(
    "reply",
    [
        b"Z",
        PICTURE + b"short",
        PICTURE + decoder.FILLED.pack(200, 8, 8, 0.0),  # a slot that does not exist
        PICTURE + decoder.FILLED.pack(0, 0, 8, 0.0),
        PICTURE + decoder.FILLED.pack(0, 100_000, 100_000, 0.0),
        PICTURE + decoder.FILLED.pack(0, 8, 8, float("nan")),
        decoder.INFO + decoder.FACTS.pack(1, 1, 1, 1, 0, 0, 0),
    ],
)
def test_a_decoder_that_was_taken_over_is_not_believed(monkeypatch, reply):
    liar = LyingProcess(reply, decoder.END)
    monkeypatch.setattr(sandbox._IDLE, "take", lambda: liar)
    with pytest.raises(MediaError, match="decoding broke off"):
        read_image(PHOTO)
    assert liar.killed


def test_a_slot_is_filled_once_only(monkeypatch, tmp_path):
    corpus.write_clip(tmp_path / "clip.mp4")
    picture = PICTURE + decoder.FILLED.pack(1, 8, 8, 0.0)
    liar = LyingProcess(picture, picture)
    monkeypatch.setattr(sandbox._IDLE, "take", lambda: liar)
    frames = iter_frames(tmp_path / "clip.mp4", sample_fps=3)
    kept = next(frames)
    with pytest.raises(MediaError, match="decoding broke off"):
        next(frames)
    assert kept[1].shape == (8, 8, 3)
