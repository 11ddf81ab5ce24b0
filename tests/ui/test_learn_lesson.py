"""The lesson fills its time, and prints from one file."""

from html.parser import HTMLParser

import pytest

from ui import learn_lesson


class Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.fetched += [value or "" for name, value in attrs if name == "src"]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_takes_as_long_as_it_says() -> None:
    assert sum(phase.minutes for phase in learn_lesson.PHASES) == learn_lesson.MINUTES
    times = [minutes for minutes, _ in learn_lesson.schedule()]
    assert (times[0], times[-1]) == ("0–5", "42–45")


@pytest.mark.parametrize("figures", [[], ["fear is found least (53 %) & <often> missed"]])
def test_the_file_is_whole_and_needs_nothing_else(figures: list[str]) -> None:
    text = learn_lesson.to_html(figures, [("A source", "https://example.org/?a=1&b=2")])
    parser = Parser()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert parser.seen.count("tr") == 1 + len(learn_lesson.PHASES)
    assert {"link", "script", "img"}.isdisjoint(parser.seen)
    assert "&amp; &lt;often&gt;" in text or not figures
    assert ("Figures of the model" in text) == bool(figures)
    for rule in learn_lesson.RULES:
        assert rule in text


def test_nobody_is_filmed() -> None:
    assert "No pupil or student is filmed" in learn_lesson.RULES[0]
    assert "5(1)(f)" in learn_lesson.RULES[0]
