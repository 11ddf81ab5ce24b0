"""The report as one page: complete, harmless, and the same for the same results."""

from html.parser import HTMLParser

import pytest

from fer_core.export import error_entry, image_entry, model_identity, video_entry
from fer_core.pipeline import FramePipeline
from fer_core.report_page import MOST_PEOPLE, html_report
from fer_core.results import FrameResult, VideoTimeline
from fer_core.testing import FakeClassifier, FakeDetector, make_face, synthetic_frame
from tests import media_corpus as corpus

MODEL = model_identity(FakeClassifier()) | {"sha256": "ab" * 32}
NO_END = {"meta", "img", "rect"}


class Page(HTMLParser):
    """Words, tags with their attributes, and whether every tag is closed."""

    def __init__(self, text):
        super().__init__()
        self.words, self.tags, self._open = "", [], []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in NO_END:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag != "rect":
            assert self._open.pop() == tag

    def handle_data(self, data):
        self.words += data

    def all(self, tag, **wanted):
        return [a for name, a in self.tags if name == tag and wanted.items() <= a.items()]


def frames(*times_s, script=("happy",), faces=None, confidence=0.9):
    one = FramePipeline(
        FakeDetector(faces or [make_face()]), FakeClassifier(script=script, confidence=confidence)
    )
    return tuple(one.process(synthetic_frame(faces), timestamp_s=time_s) for time_s in times_s)


def clip(*results, duration_s=2.0, file="clip.mp4"):
    return video_entry(file, VideoTimeline(tuple(results), duration_s), model=MODEL)


@pytest.mark.parametrize(("confidence", "said"), [(0.9, "happy (100\xa0%)"), (0.3, "not sure")])
def test_a_clip_that_is_doubted_throughout_has_no_commonest_label(confidence, said):
    page = Page(html_report([clip(*frames(0, 1, confidence=confidence))]))
    assert f"Commonest label{said}" in page.words
    assert page.words.count(said) >= 2  # for the clip, and for its one person
    assert ("happy (100\xa0%)" in page.words) == (confidence == 0.9)


def test_it_states_the_model_the_settings_and_what_a_label_is_worth():
    page = Page(html_report([clip(*frames(0, 1))], settings={"Frames a second": 3.0}))
    for words in ("not a feeling", "Nobody is identified", "prohibited", "fake", "fer2013"):
        assert words in page.words
    assert "ab" * 32 in page.words and "Frames a second" in page.words and "3.0" in page.words


def test_the_page_loads_and_runs_nothing():
    picture = corpus.photo_bytes(corpus.quadrants(), "JPEG")
    text = html_report([image_entry("a.jpg", frames(0)[0])], pictures={"a.jpg": picture})
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "form"} & {tag for tag, _ in page.tags}
    sources = [a[name] for _, a in page.tags for name in ("src", "href", "srcset") if name in a]
    assert all(source.startswith(("data:image/jpeg;base64,", "#")) for source in sources)
    assert "url(" not in text and "@import" not in text and "://" not in text
    (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'")


def test_no_face_is_shown_unless_its_picture_is_given():
    entries = [image_entry(name, frames(0)[0]) for name in ("a.jpg", "b.png")]
    bare = Page(html_report(entries))
    assert bare.all("img") == [] and "holds pictures" not in bare.words
    png = corpus.photo_bytes(corpus.quadrants())
    page = Page(html_report(entries, pictures={"b.png": png, "other.png": png}))
    (image,) = page.all("img")
    assert image["src"].startswith("data:image/png") and image["alt"] == "b.png"
    assert "holds pictures of people" in page.words
    with pytest.raises(ValueError, match="JPEG or PNG"):
        html_report(entries, pictures={"a.jpg": b"<svg onload=alert(1)>"})


def test_names_and_messages_are_text_whatever_they_hold():
    name = "<script>alert(1)</script>\"'&\udcff.jpg"
    entries = [image_entry(name, FrameResult(0, (4, 3))), error_entry(name, name, None)]
    entries[0]["digest"] = "<b>"
    text = html_report(entries, settings={"<i>": "<u>"})
    page = Page(text)
    assert not {"script", "b", "i", "u"} & {tag for tag, _ in page.tags[-40:]}
    assert "<script>alert(1)</script>" in page.words and "\\udcff" in page.words
    text.encode("utf-8")


def test_a_photo_shows_a_bar_for_each_label_and_says_when_it_is_not_sure():
    result = frames(0, script=("happy", "sad"), faces=[make_face(40), make_face(360, 100, 12)])[0]
    page = Page(html_report([image_entry("a.jpg", result)]))
    assert "Face 1: happy 90\xa0%, strong" in page.words
    assert "Face 2: not sure (small)" in page.words
    bars = page.all("rect", height="10")
    assert [a["width"] for a in bars][:2] == ["90.0", "1.7"]
    assert ["opacity" in a for a in bars] == [False] * 7 + [True] * 7


def test_a_neutral_face_has_no_intensity():
    (result,) = frames(0, script=("neutral",))
    words = Page(html_report([image_entry("a.jpg", result)])).words
    assert "Face 1: neutral 90\xa0%neutral" in words


def test_the_table_of_all_files_names_no_label_where_no_reading_is_sure():
    (sure,), (unsure,) = frames(0, script=("sad",)), frames(0, script=("happy",), confidence=0.3)
    page = Page(html_report([image_entry("a.jpg", sure), image_entry("b.jpg", unsure)]))
    assert "a.jpgphoto1sad100\xa0%90\xa0%" in page.words
    assert "b.jpgphoto1not sure30\xa0%" in page.words


def test_a_clip_shows_runs_of_labels_over_time():
    seen = frames(0, 1, 2, 3, 4, 5, script=("happy", "happy", "sad", "sad", "sad", "sad"))
    # Nobody was found in the frame at 4 s: the run of sad has a gap there.
    entry = clip(*seen[:4], FrameResult(4, (640, 480)), seen[5], duration_s=10)
    page = Page(html_report([entry]))
    rects = page.all("rect", height="24")
    assert [(float(a["x"]), float(a["width"])) for a in rects] == [
        (0, 333.3),
        (333.3, 333.3),
        (833.3, 166.7),
    ]
    assert "sad, 2.0–4.0 s" in page.words
    assert "sad, 5.0–6.0 s" in page.words, "nothing was read in the rest of the clip"
    assert "Mean confidence" in page.words and "Faces found in 5 of 6 frames." in page.words


def test_doubtful_readings_are_pale():
    page = Page(html_report([clip(*frames(0, 1, confidence=0.3))]))
    (rect,) = page.all("rect", height="24")
    assert rect["opacity"] == ".35" and "happy, not sure, 0.0–2.0 s" in page.words


def test_of_a_crowd_those_seen_most_often_are_drawn():
    crowd = [make_face(400 * i, 0, 200) for i in range(MOST_PEOPLE + 2)]
    first, second = frames(0, 1, faces=crowd)
    page = Page(html_report([clip(FrameResult(0, (9, 9), first.faces[:-2]), second)]))
    assert len(page.all("svg", **{"class": "ribbon"})) == MOST_PEOPLE
    assert "2 more, seen less often" in page.words


def test_nothing_is_a_page_too():
    for entries in (
        [],
        [clip(FrameResult(0, (4, 3)))],
        [clip()],
        [error_entry("x.mp4", "Expected …", None)],
    ):
        assert "not a feeling" in Page(html_report(entries)).words


def test_many_files_have_a_list_that_leads_to_each():
    entries = [clip(*frames(0)), image_entry("wall.png", FrameResult(0, (4, 3)))]
    page = Page(html_report([*entries, error_entry("x.jpg", "Expected …", None)]))
    targets = [a["href"].removeprefix("#") for a in page.all("a")]
    assert targets == [a["id"] for a in page.all("h2") if "id" in a] and len(targets) == 3
    assert "no face" in page.words and "not read" in page.words
    assert html_report(entries) == html_report(entries)
