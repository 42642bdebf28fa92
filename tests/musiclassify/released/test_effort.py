"""How much of a song is heard: looks, when it is settled, what the answer says of it."""

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
import soundfile as sf
from toy_model import RATE, tone_for, write_toy_model

from musiclassify.audio import decode, isolated, seeking
from musiclassify.audio.excerpts import Excerpt
from musiclassify.audio.write import ogg
from musiclassify.released import effort, load
from musiclassify.released.effort import Attention, Effort, effort_of

CONFIG = {
    "sample_rate": 100,
    "silence_peak": 1e-4,
    "features": {"segment_s": 5.0, "segment_hop_s": 5.0},
}
NORMAL = {"least": 2, "most": 6, "margin": 0.6}


def song(seconds=150, rate=100):
    """Excerpts of 30 s of noise."""
    noise = np.random.default_rng(1).normal(size=seconds * rate).astype(np.float32)
    return [Excerpt(a, min(a + 30, seconds), noise[a * rate : (a + 30) * rate]) for a in range(0, seconds, 30)]


def attend(answers, config=CONFIG, given=None, method="mean", excerpts=None, music=None):
    """Hear a song whose pieces answer as the list says, the last one over again; give the attention and the pieces."""
    attention = Attention(config, given or Effort("normal", **NORMAL), method)
    pieces = []
    for number, piece in enumerate(attention.pieces(song() if excerpts is None else excerpts)):
        pieces.append(piece)
        attention.hear(answers[min(number, len(answers) - 1)], (music or [1.0])[min(number, len(music or [1]) - 1)])
    return attention, pieces


SURE, CLOSE = [0.9, 0.1], [0.55, 0.45]


def test_an_answer_that_is_sure_is_settled_after_the_least():
    attention, pieces = attend([SURE])
    assert len(pieces) == 2
    assert attention.heard_s == 10


def test_an_answer_that_is_close_hears_the_most():
    assert len(attend([CLOSE])[1]) == 6


def test_the_margin_is_that_of_all_that_was_heard():
    assert len(attend([[0.1, 0.9], SURE])[1]) == 5  # the first look spoke against it; then one to come is too few


def test_what_cannot_be_turned_any_more_is_settled_below_the_margin():
    never = Effort("normal", 6, 6, 1.0)
    certain = [1.0, 0.0]
    assert len(attend([certain], given=never)[1]) == 4  # 4 ahead, 2 to come
    assert len(attend([[0.74, 0.26]], given=never)[1]) == 5  # 2.4 ahead, 1 to come; 1.92 ahead with 2 was too little


def test_no_answer_to_what_is_left_would_have_turned_what_was_settled_by_the_bound():
    rng = np.random.default_rng(3)
    never = Effort("normal", 6, 6, 1.0)
    for _ in range(200):
        answers = rng.dirichlet([0.3] * 3, 6)
        attention, pieces = attend(answers, given=never)
        heard, leader = len(pieces), attention.rows().mean(0).argmax()
        for genre in range(3):
            rest = np.eye(3)[[genre] * (6 - heard)]
            assert np.concatenate([answers[:heard], rest]).mean(0).argmax() == leader


def test_majorities_are_settled_by_the_bound_alone():
    assert len(attend([SURE], method="majority")[1]) == 4


def test_looks_are_spread_over_the_song():
    starts = [piece.start_s for piece in attend([CLOSE])[1]]
    assert max(starts) >= 100
    assert min(starts) <= 30
    assert abs(starts[0] - 75) <= 15  # the middle comes first


def test_full_hears_every_excerpt_whole():
    attention, pieces = attend([SURE], given=effort_of(CONFIG, "full"))
    assert [(p.start_s, p.end_s) for p in pieces] == [(a, a + 30) for a in range(0, 150, 30)]
    assert attention.heard_s == 150


def test_a_song_of_one_look_is_heard_whole():
    short = [Excerpt(0, 5.9, np.ones(590, np.float32))]
    assert attend([SURE], excerpts=short)[1] == short


def test_a_song_of_one_excerpt_is_heard_whole_where_the_effort_says_so():
    normal = Effort("normal", 2, 6, 0.6, short_whole=True)
    assert [(p.start_s, p.end_s) for p in attend([SURE], given=normal, excerpts=song(30))[1]] == [(0, 30)]
    assert len(attend([SURE], given=normal, excerpts=song(60))[1]) == 2
    assert len(attend([SURE], excerpts=song(30))[1]) == 2


def test_silence_gives_nothing():
    assert attend([SURE], excerpts=[Excerpt(0, 30, np.zeros(3000, np.float32))])[1] == []


def test_a_long_song_is_heard_in_a_bounded_number_of_looks_and_memory():
    def hours():
        for a in range(0, 3 * 3600, 30):
            yield Excerpt(a, a + 30, np.ones(3000, np.float32))

    _, pieces = attend([CLOSE], excerpts=hours())
    assert len(pieces) == 6
    assert max(p.start_s for p in pieces) > 2 * 3600
    assert min(p.start_s for p in pieces) < 3600


def test_what_may_be_no_music_hears_the_most():
    config = CONFIG | {"sounds": {"names": ["music", "speech"], "music_below": 0.5}}
    assert len(attend([SURE], config, music=[0.6])[1]) == 6
    assert len(attend([SURE], config, music=[0.9])[1]) == 2


def test_looks_are_as_sharp_as_the_model_is_for_so_many():
    config = CONFIG | {"temperatures": [1.2, 1.0, 0.8, 0.5]}
    p = np.array([0.6, 0.4])
    rows = attend([p], config, given=Effort("normal", 3, 3, 0.99))[0].rows()
    np.testing.assert_allclose(rows, np.tile(p**2 / (p**2).sum(), (3, 1)))


def test_a_looped_look_keeps_its_sharpness():
    config = CONFIG | {"temperatures": [1.2, 1.0, 0.8, 0.5]}
    excerpts = [*song(30), Excerpt(30, 33, np.ones(300, np.float32))]
    attention, pieces = attend([[0.51, 0.49]], config, given=Effort("normal", 7, 7, 0.99), excerpts=excerpts)
    at = [piece.end_s - piece.start_s for piece in pieces].index(3)
    np.testing.assert_allclose(attention.rows()[at], [0.51, 0.49])
    assert attention.rows()[at - 1][0] > 0.515


def test_constants_come_from_the_model_or_from_here():
    assert effort_of({}) == Effort("normal", **effort.DEFAULTS["normal"])
    assert effort_of({"effort": {"normal": NORMAL}}) == Effort("normal", 2, 6, 0.6)
    assert effort_of({"effort": {"normal": NORMAL}}, "fast").most == effort.DEFAULTS["fast"]["most"]
    with pytest.raises(ValueError, match="effort='thorough' must be one of fast, normal, full"):
        effort_of({}, "thorough")


# The whole way, by a toy model.


@pytest.fixture(scope="module")
def looking(tmp_path_factory):
    """A model whose normal effort looks."""
    return load(write_toy_model(tmp_path_factory.mktemp("looking") / "toy-cnn-v1.0", effort={"normal": NORMAL}))


def test_the_answer_says_how_much_was_heard(looking):
    y = tone_for("jazz", 150)
    answer = looking.classify(y)
    assert answer.genre == "jazz"
    assert (answer.effort, answer.heard_s, round(answer.duration_s)) == ("normal", 10.0, 150)
    assert [round(e.end_s - e.start_s) for e in answer.excerpts] == [5, 5]
    told = json.loads(json.dumps(answer.to_dict()))
    assert (told["effort"], told["heard_s"]) == ("normal", 10.0)
    assert type(answer).from_dict(told).heard_s == 10.0


def test_full_answers_as_if_there_were_no_efforts(looking):
    y = np.concatenate([tone_for("jazz", 60), tone_for("rock", 60)])
    answer = looking.classify(y, effort="full")
    rows = [list(e.probabilities.values()) for e in looking.follow([y])]
    np.testing.assert_allclose(list(answer.probabilities.values()), np.mean(rows, axis=0))
    assert answer.heard_s == 90


def test_probabilities_are_the_mean_of_what_was_heard_in_the_order_of_the_song(looking):
    y = np.concatenate([tone_for("jazz", 61), tone_for("rock", 61)])
    answer = looking.classify(y)
    starts = [e.start_s for e in answer.excerpts]
    assert starts == sorted(starts)
    table = [list(e.probabilities.values()) for e in answer.excerpts]
    np.testing.assert_allclose(list(answer.probabilities.values()), np.mean(table, axis=0))


@pytest.mark.parametrize("name", ["fast", "normal", "full"])
def test_silent_stretches_and_short_songs_are_answered_by_every_effort(looking, name):
    quiet = np.zeros(100 * RATE, np.float32)
    quiet[70 * RATE : 76 * RATE] = tone_for("metal", 6)
    assert looking.classify(quiet, effort=name).genre == "metal"
    assert looking.classify(tone_for("blues", 1.5), effort=name).genre == "blues"
    assert looking.classify(np.zeros(RATE * 40, np.float32), effort=name).status == "silent"
    assert looking.classify(tone_for("blues", 0.5), effort=name).status == "too_short"


def test_the_same_song_gives_the_same_answer_however_it_is_decoded(looking):
    y = np.concatenate([tone_for(label, 31) for label in ("jazz", "rock", "pop", "jazz")])
    blocks = [y[a : a + 7_001] for a in range(0, len(y), 7_001)]
    whole = looking._attend([y], looking.rule, effort_of(looking.release.config))
    assert looking._attend(blocks, looking.rule, effort_of(looking.release.config)) == whole


def test_a_journal_tells_efforts_apart(looking, tmp_path, monkeypatch):
    from musiclassify.released.journal import Journal
    from musiclassify.released.song import Answer

    song = tmp_path / "a.wav"
    song.write_bytes(b"x")
    config = looking.release.config
    for name in ("normal", "full"):
        with Journal(tmp_path / "j", looking, looking.rule, effort_of(config, name)) as journal:
            assert journal.find(str(song)) is None
            journal.keep(Answer(str(song), "ok", "jazz", effort=name, heard_s=1.0))
    with Journal(tmp_path / "j", looking, looking.rule, effort_of(config, "full")) as journal:
        assert journal.find(str(song)).effort == "full"
    changed = copy.deepcopy(config)
    changed["effort"]["normal"]["margin"] = 0.5
    with Journal(tmp_path / "j", looking, looking.rule, effort_of(changed, "normal")) as journal:
        assert journal.find(str(song)) is None


# Songs that are read only where they are looked at.


def written(folder, y, kind="wav"):
    path = folder / f"song.{kind}"
    if kind == "ogg":
        path.write_bytes(ogg(y, RATE))
    else:
        sf.write(path, y, RATE)
    return path


class Counted:
    """Counts what is decoded: pieces, and whole songs."""

    def __init__(self, monkeypatch):
        from musiclassify.released import song

        self.pieces, self.streams = 0, 0
        monkeypatch.setattr(song, "HERE", song.Reading(self._stream, song.HERE.seeker))
        inner = seeking.Seeker.read

        def read(this, first, last):
            self.pieces += 1
            return inner(this, first, last)

        monkeypatch.setattr(seeking.Seeker, "read", read)

    def _stream(self, *args, **options):
        self.streams += 1
        return decode.stream(*args, **options)


def quiet(y, *stretches):
    out = y.copy()
    for first, last in stretches:
        out[first * RATE : last * RATE] = 0
    return out


@pytest.mark.parametrize("stretches", [(), ((45, 50),), ((30, 90), (100, 109)), ((0, 70), (75, 150))])
@pytest.mark.parametrize("name", ["fast", "normal", "full"])
def test_a_file_is_answered_as_its_samples_are(looking, stretches, name, tmp_path, monkeypatch):
    y = np.concatenate([tone_for(label, 50) for label in ("jazz", "rock", "metal")]).astype(np.float32)
    path = written(tmp_path, quiet(y, *stretches), "flac")
    counted, whole = Counted(monkeypatch), looking.classify(decode.decode(path), effort=name)
    answer = looking.classify(path, effort=name)
    assert replace(answer, path=whole.path) == whole
    assert (counted.streams, bool(counted.pieces)) == ((1, False) if name == "full" else (0, True))


def test_only_what_is_heard_is_decoded(looking, tmp_path, monkeypatch):
    counted = Counted(monkeypatch)
    answer = looking.classify(written(tmp_path, tone_for("jazz", 600)))
    assert (answer.genre, answer.heard_s, answer.duration_s) == ("jazz", 10.0, 600.0)
    assert (counted.pieces, counted.streams) == (2, 0)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "mp3"])
def test_what_was_cut_off_is_told_without_decoding_it_all(looking, kind, tmp_path):
    path = written(tmp_path, tone_for("jazz", 150), kind)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.7)])
    answer = looking.classify(path)
    whole = looking.classify(path, effort="full")
    assert answer.genre == "jazz"
    assert answer.message == whole.message
    assert kind == "ogg" or "could be decoded" in answer.message


def test_a_damaged_look_has_the_song_heard_from_its_beginning(looking, tmp_path, monkeypatch, rng):
    path = written(tmp_path, np.concatenate([tone_for("jazz", 151), tone_for("rock", 1)]), "flac")
    data = bytearray(path.read_bytes())
    at = int(len(data) * 90 / 152)  # the middle of what is left when the first 30 s are left out
    data[at : at + 500] = rng.bytes(500)
    path.write_bytes(data)
    counted = Counted(monkeypatch)
    answer = looking.classify(path)
    assert counted.streams == 1
    assert answer.message == looking.classify(path, effort="full").message != ""


def test_a_song_that_is_silent_where_it_is_looked_at_is_heard_from_its_beginning(looking, tmp_path, monkeypatch):
    counted = Counted(monkeypatch)
    y = np.zeros(101 * RATE, np.float32)
    assert looking.classify(written(tmp_path, y)).status == "silent"
    y[-RATE // 2 :] = tone_for("metal", 0.5)  # behind the last look
    assert looking.classify(written(tmp_path, y)).status == "ok"
    assert counted.streams == 2


def test_hours_of_silence_are_silent_after_some_looks(looking, tmp_path, monkeypatch):
    monkeypatch.setattr(effort, "MOST_SILENT", 20)
    monkeypatch.setattr("musiclassify.released.song.MOST_SILENT", 20)
    counted = Counted(monkeypatch)
    answer = looking.classify(written(tmp_path, np.zeros(400 * RATE, np.float32)))
    assert (answer.status, answer.message) == ("silent", "is silent in 20 places; choose a file with sound in it")
    assert (counted.pieces, counted.streams) == (20, 0)


def test_many_songs_are_looked_at_in_other_processes_with_the_same_answers(looking, tmp_path):
    path = written(tmp_path, np.concatenate([tone_for(label, 50) for label in ("jazz", "rock", "metal")]), "mp3")
    (there,) = looking.classify_many([path])
    assert there == looking.classify(path)
    isolated.close()
