"""The line before the seats."""

import threading

import pytest

from fer_core.errors import FerError
from tests.ui.upload_fakes import PATIENCE_S
from ui.turns import Turns, limit_of


class Person(threading.Thread):
    """Waits for a seat, sits until told to leave."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(daemon=True)
        self._turns = turns
        self.in_line, self.seated, self.leaves, self.gives_up = (
            threading.Event() for _ in range(4)
        )
        self.got_one = False

    def run(self) -> None:
        with self._turns.turn(self, self._asked) as self.got_one:
            self.seated.set()
            assert self.leaves.wait(PATIENCE_S)

    def _asked(self) -> bool:
        self.in_line.set()
        return self.gives_up.is_set()


def queue(turns: Turns, count: int) -> list[Person]:
    """So many persons, in line in this order."""
    people = [Person(turns) for _ in range(count)]
    for person in people:
        person.start()
        assert person.in_line.wait(PATIENCE_S)
    return people


def test_first_come_first_served() -> None:
    turns = Turns(1)
    people = queue(turns, 3)
    for person, following in zip(people, [*people[1:], None], strict=True):
        assert person.seated.wait(PATIENCE_S)
        assert following is None or not following.seated.is_set()
        person.leaves.set()
        person.join(PATIENCE_S)
    assert [person.got_one for person in people] == [True] * 3
    assert turns.ahead(people[0]) == 0


def test_who_gives_up_leaves_the_line() -> None:
    turns = Turns(1)
    first, second, third = queue(turns, 3)
    assert [turns.ahead(person) for person in (first, second, third)] == [0, 1, 2]
    second.gives_up.set()
    second.leaves.set()
    second.join(PATIENCE_S)
    assert not second.got_one
    assert turns.ahead(third) == 1
    for person in (first, third):
        person.leaves.set()
        person.join(PATIENCE_S)
    assert third.got_one


def test_a_failure_frees_the_seat() -> None:
    turns = Turns(1)
    with pytest.raises(RuntimeError), turns.turn("first", lambda: False):
        raise RuntimeError
    with turns.turn("second", lambda: False) as seated:
        assert seated


def test_a_limit_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limit_of("FER_TEST_LIMIT", 3) == 3
    monkeypatch.setenv("FER_TEST_LIMIT", "7")
    assert limit_of("FER_TEST_LIMIT", 3) == 7
    for wrong in ("0", "-1", "many", ""):
        monkeypatch.setenv("FER_TEST_LIMIT", wrong)
        with pytest.raises(FerError, match="FER_TEST_LIMIT"):
            limit_of("FER_TEST_LIMIT", 3)
