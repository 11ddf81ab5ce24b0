"""Sound of clips: read from the first picture's moment, kept in written clips."""

from fractions import Fraction

import av
import numpy as np
import pytest

from fer_core.decoding import open_source, read_sound
from fer_core.media import VideoWriter, iter_frames, probe_video
from fer_core.sound import RATE
from tests import media_corpus as corpus

TWO_SECONDS = [index / 10 for index in range(20)]


def heard(source):
    """All samples of a clip, one channel."""
    with open_source(source) as file:
        pieces = [piece[:, 0] for piece in read_sound(file)]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)


def begins_s(samples):
    """When it is first loud."""
    return np.argmax(np.abs(samples.astype(int)) > 6_000) / RATE


def pitch_hz(samples):
    return np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples)


@pytest.mark.parametrize(
    ("name", "codec", "sound_codec"),
    [
        ("a.mp4", "libx264", "aac"),
        ("a.mov", "libx264", "pcm_s16le"),
        ("a.mkv", "libx264", "flac"),
        ("a.webm", "libvpx", "libopus"),
        ("a.avi", "mpeg4", "libmp3lame"),
    ],
)
def test_sound_is_read_from_the_first_picture_on(tmp_path, name, codec, sound_codec):
    path = tmp_path / name
    times_s = [index / 30 for index in range(60)]
    tone = corpus.tone(2.0, silent_s=1.0)
    corpus.write_clip(path, codec=codec, times_s=times_s, heard=tone, sound_codec=sound_codec)
    samples = heard(path)
    assert len(samples) / RATE == pytest.approx(2.0, abs=0.06)
    assert begins_s(samples) == pytest.approx(1.0, abs=0.06)
    assert pitch_hz(samples[-RATE // 2 :]) == pytest.approx(440, abs=3)


def test_a_clip_without_sound_gives_none(tmp_path):
    corpus.write_clip(tmp_path / "silent.mp4")
    assert len(heard(tmp_path / "silent.mp4")) == 0


def write_parts(path, *parts, picture_s=0.0):
    """A clip of one picture, and tones of 0.5 s that begin at the given times."""
    with av.open(str(path), "w") as output:
        pictures = output.add_stream("libx264", rate=10)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 48, "yuv420p"
        sound = output.add_stream("pcm_s16le", RATE, layout="mono")
        frame = av.VideoFrame.from_ndarray(corpus.quadrants(), format="rgb24")
        frame.pts, frame.time_base = round(picture_s * 1000), Fraction(1, 1000)
        output.mux([*pictures.encode(frame), *pictures.encode(None)])
        tone = (corpus.tone(0.5) * 32_767).astype(np.int16)
        for start_s in parts:
            piece = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
            piece.sample_rate, piece.pts = RATE, round(start_s * RATE)
            output.mux(sound.encode(piece))
        output.mux(sound.encode(None))


def loud(samples, from_s, until_s):
    return np.abs(samples[round(from_s * RATE) : round(until_s * RATE)].astype(int)).mean() > 5_000


def test_where_sound_is_missing_there_is_silence(tmp_path):
    write_parts(tmp_path / "gap.mkv", 0.0, 1.5)
    samples = heard(tmp_path / "gap.mkv")
    assert len(samples) / RATE == pytest.approx(2.0, abs=0.01)
    parts = [loud(samples, start, start + 0.45) for start in (0.02, 0.52, 1.02, 1.52)]
    assert parts == [True, False, False, True]


def test_what_is_heard_before_the_first_picture_is_left_out(tmp_path):
    write_parts(tmp_path / "early.mkv", 0.0, 1.5, picture_s=1.0)
    samples = heard(tmp_path / "early.mkv")
    assert len(samples) / RATE == pytest.approx(1.0, abs=0.01)
    assert [loud(samples, start, start + 0.45) for start in (0.02, 0.52)] == [False, True]


def test_sound_before_and_over_the_first_picture_is_cut_there(tmp_path):
    write_parts(tmp_path / "over.mkv", 0.0, picture_s=0.2)
    assert len(heard(tmp_path / "over.mkv")) / RATE == pytest.approx(0.3, abs=0.01)


def test_damaged_sound_is_silence_or_less_but_never_an_error(tmp_path):
    front = {"movflags": "+faststart"}
    corpus.write_clip(
        tmp_path / "a.mp4", times_s=TWO_SECONDS, heard=corpus.tone(2.0), options=front
    )
    whole = np.frombuffer((tmp_path / "a.mp4").read_bytes(), np.uint8)
    random = np.random.default_rng(2)
    start = whole.tobytes().index(b"mdat")
    for _ in range(20):
        broken = whole.copy()
        broken[random.integers(start, len(broken), 60)] = random.integers(0, 256, 60)
        assert len(heard(broken.tobytes())) <= 2.1 * RATE


def written(path, source, times_s=TWO_SECONDS):
    with VideoWriter(path, size_wh=(64, 48), fps=10, sound_from=source) as writer:
        for time_s in times_s:
            writer.write(corpus.quadrants(), time_s)
    return path


@pytest.fixture(scope="module")
def speaking(tmp_path_factory):
    """Two seconds, the second with a tone."""
    path = tmp_path_factory.mktemp("clip") / "speaking.mp4"
    corpus.write_clip(path, times_s=TWO_SECONDS, heard=corpus.tone(2.0, silent_s=1.0))
    return path


@pytest.mark.parametrize("as_bytes", [False, True])
def test_written_clips_keep_the_sound_in_time(tmp_path, speaking, as_bytes):
    source = speaking.read_bytes() if as_bytes else speaking
    path = written(tmp_path / "out.mp4", source)
    with av.open(str(path)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
    assert probe_video(path).has_sound
    assert len(list(iter_frames(path, sample_fps=None))) == 20
    samples = heard(path)
    assert begins_s(samples) == pytest.approx(1.0, abs=0.03)
    assert pitch_hz(samples[-RATE // 2 :]) == pytest.approx(440, abs=3)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_sound_and_pictures_lie_side_by_side_in_the_file(tmp_path, speaking):
    """So that a browser that plays while it loads need not wait for either."""
    path = written(tmp_path / "out.mp4", speaking)
    with av.open(str(path)) as container:
        kinds = [packet.stream.type for packet in container.demux() if packet.size]
    assert kinds.index("audio") < 5
    assert len(kinds) - kinds[::-1].index("video") > len(kinds) - 15


@pytest.mark.parametrize("count", [1, 5])
def test_sound_ends_with_the_pictures(tmp_path, speaking, count):
    path = written(tmp_path / "out.mp4", speaking, TWO_SECONDS[:count])
    assert len(heard(path)) / RATE == pytest.approx(count / 10, abs=0.03)


def test_pictures_may_be_longer_than_the_sound(tmp_path, speaking):
    path = written(tmp_path / "out.mp4", speaking, [*TWO_SECONDS, 3.0])
    assert probe_video(path).duration_s == pytest.approx(3.1, abs=0.01)
    assert len(heard(path)) / RATE == pytest.approx(2.0, abs=0.05)


@pytest.mark.parametrize("name", ["clip.mp4", "empty.mp4", "sound_only.mp4", "missing.mp4"])
def test_what_has_no_sound_to_give_costs_no_pictures(tmp_path, name):
    maker = (corpus.CLIPS | corpus.REFUSED).get(name)
    if maker is not None:
        maker(tmp_path / name)
    path = written(tmp_path / "out.mp4", tmp_path / name)
    with av.open(str(path)) as container:
        assert len(container.streams.audio) == 0
    assert len(list(iter_frames(path, sample_fps=None))) == 20
