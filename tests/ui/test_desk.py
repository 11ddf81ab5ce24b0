"""What a session holds: taken in within limits, kept, and forgotten."""

import gc

import pytest

from tests.ui.upload_fakes import (
    PATIENCE_S,
    SlowPipeline,
    given_one,
    happy_pipeline,
    photo_file,
    plan,
)
from ui import desk
from ui.desk import Desk, Shelf
from ui.jobs import Job
from ui.turns import Turns

ROOM = 10**9


def test_an_empty_desk() -> None:
    empty = Desk(Shelf(ROOM))
    assert (empty.files, empty.readings, empty.size, empty.turned_away) == ([], {}, 0, [])
    empty.collect()
    empty.leave()
    empty.forget()


def test_each_file_is_taken_once_and_has_a_name_of_its_own() -> None:
    held = Desk(Shelf(ROOM))
    same, others = photo_file("a.png"), [photo_file("a.png", b) for b in (100, 110)]
    held.add([same, *others])
    assert held.turned_away == []
    held.add([photo_file("b.png"), same])
    assert [file.name for file in held.files] == ["a.png", "a-2.png", "a-3.png"]
    assert held.size == sum(len(file.content) for file in held.files)
    assert held.turned_away == ["Not taken: b\\.png, a\\.png. The same is here already."]


def test_too_many_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "MAX_FILES", 1)
    held = Desk(Shelf(ROOM))
    held.add(photo_file(f"{b}.png", b) for b in range(100, 106))
    assert [file.name for file in held.files] == ["100.png"]
    (sentence,) = held.turned_away
    assert sentence.startswith(
        "Not taken: 101\\.png, 102\\.png, 103\\.png and 2 more. At most 1 files"
    )
    held.add([])
    assert held.turned_away == []


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = given_one("small.jpg", b""), photo_file("large.png")
    monkeypatch.setattr(desk, "MAX_BYTES", len(large.content) - 1)
    held = Desk(Shelf(ROOM))
    held.add([large, small])
    assert [file.name for file in held.files] == ["small.jpg"]
    assert "MB are held at a time" in held.turned_away[0]


def test_the_memory_of_all_sessions_is_limited() -> None:
    file = photo_file()
    shelf = Shelf(2 * len(file.content))
    desks = [Desk(shelf) for _ in range(3)]
    for each in desks:
        each.add([file])
    assert [len(each.files) for each in desks] == [1, 1, 0]
    assert "memory is full" in desks[2].turned_away[0]
    desks[0].forget()
    desks[2].add([file])
    assert len(desks[2].files) == 1
    del desks, each  # sessions that end take their files with them
    gc.collect()
    late = Desk(shelf)
    late.add([file])
    assert late.turned_away == []


def test_what_a_job_read_is_taken_over() -> None:
    held = Desk(Shelf(ROOM))
    held.add([photo_file()])
    held.job = Job([(held.files[0], None)], plan(), new_pipeline=happy_pipeline, turns=Turns(1))
    held.job.start()
    assert held.job.join(PATIENCE_S)
    held.collect()
    assert (held.job, held.paused) == (None, False)
    assert held.readings[held.files[0].identity].state == "done"
    held.forget()
    assert (held.files, held.readings, held.size) == ([], {}, 0)


def test_a_page_that_is_left_ends_its_job_and_keeps_what_is_done() -> None:
    held, slow = Desk(Shelf(ROOM)), SlowPipeline(waits_at=2)
    held.add([photo_file("a.png"), photo_file("b.png", 100)])
    held.job = Job(
        [(file, None) for file in held.files],
        plan(),
        new_pipeline=lambda _: slow,
        turns=Turns(1),
    )
    held.job.start()
    assert slow.reached.wait(PATIENCE_S)
    held.leave()
    slow.go_on.set()
    assert held.job.join(PATIENCE_S)
    held.collect()
    assert (held.job, held.paused) == (None, True)
    held.add([photo_file("c.png", 110)])
    assert not held.paused


def test_what_takes_long_is_made_once_and_not_kept_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk, "KEPT_MADE", 2)
    held, made = Desk(Shelf(ROOM)), list[str]()

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    for key in ("a", "a", "b", "c", "a"):
        assert held.made(key, lambda key=key: make(key)) == key.upper()  # type: ignore[misc]
    assert made == ["a", "b", "c", "a"]
