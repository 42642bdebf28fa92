"""The line that tells how far we are."""

from types import SimpleNamespace

import pytest

from musiclassify.cli import _progress
from musiclassify.cli._progress import Progress


class Terminal:
    def __init__(self):
        self.text = ""

    def isatty(self):
        return True

    def write(self, text):
        self.text = text

    def flush(self):
        pass


@pytest.fixture
def terminal(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_progress.time, "monotonic", lambda: now[0])
    screen = Terminal()
    monkeypatch.setattr(_progress, "sys", SimpleNamespace(stderr=screen))  # pytest puts its own in sys
    screen.now = now
    return screen


@pytest.mark.parametrize(
    ("seconds", "done", "says"),
    [
        (10, 5, "5/100 songs, 30 a minute, 3 min left"),
        (30, 60, "60/100 songs, 120 a minute, 20 s left"),
        (3600, 10, "10/100 songs, 0 a minute, 9 h 0 min left"),
    ],
)
def test_it_says_songs_a_minute_and_the_time_left(terminal, seconds, done, says):
    line = Progress(100)
    terminal.now[0] = seconds
    line.show(done)
    assert says in terminal.text


def test_what_was_known_before_says_nothing_of_the_speed(terminal):
    line = Progress(100, known=40)
    terminal.now[0] = 10
    line.show(30)
    assert "minute" not in terminal.text
    line.show(50)
    assert "60 a minute, 50 s left" in terminal.text


def test_the_line_is_gone_when_all_is_done(terminal):
    line = Progress(2)
    terminal.now[0] = 1
    line.show(2)
    assert terminal.text == ""
