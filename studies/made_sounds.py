"""Sounds that are no music, made here: speech in many languages, noise, tones, clicks, applause, hum, sirens.

Those to learn from and those to score on differ in their draws, the speech in its languages, and some kinds of sound
(`HELD_BACK`) are scored only. Speech comes from espeak-ng, which must be installed.
"""

from __future__ import annotations

import io
import subprocess
from collections.abc import Callable, Iterator

import numpy as np
import soundfile

from pipeline.errors import PipelineError

RATE = 22050
LEARNED_SPEECH = {
    "en-us": (
        "The train to the north leaves at seven twenty from platform four. Please keep your "
        "luggage with you at all times, and mind the gap between the train and the platform."
    ),
    "fr-fr": (
        "Le conseil municipal se réunit ce soir pour parler du budget de l'année prochaine et des "
        "travaux de la place du marché."
    ),
    "de": (
        "Guten Morgen, hier sind die Nachrichten. In der Nacht fiel im Süden des Landes der erste "
        "Schnee, die Straßen sind glatt."
    ),
    "es": (
        "Buenos días. Hoy vamos a hablar de la historia de la ciudad, de sus puentes y de la gente que los construyó."
    ),
    "ru": "Добрый вечер. Сегодня мы поговорим о погоде, о дорогах и о том, как добраться до центра города.",
    "hi": "नमस्ते। आज हम मौसम के बारे में बात करेंगे और बाज़ार की खबरें सुनेंगे।",
    "cmn": "大家好，今天我们来谈谈天气，明天会下雨，请带上雨伞。",
    "tr": "Merhaba, bugün hava çok güzel, yarın yağmur yağacak, lütfen şemsiyenizi yanınıza alın.",
    "pl": "Dzień dobry, pociąg do Krakowa odjedzie z toru trzeciego przy peronie drugim.",
    "sw": "Habari za asubuhi, leo tutazungumza kuhusu shule na watoto wanaosoma huko.",
}
SCORED_SPEECH = {
    "en-gb": (
        "Chapter one. It was a quiet morning in the village, and nobody expected that the letter "
        "would arrive so soon after the meeting."
    ),
    "it": (
        "Buonasera a tutti, la riunione comincia alle nove e finirà prima di mezzogiorno, se non ci sono altre domande."
    ),
    "pt-br": "Bom dia, a reunião de hoje vai tratar dos preços do café e do transporte até o porto.",
    "nl": "Goedemiddag, de winkel sluit vandaag om zes uur, morgen zijn we weer gewoon open.",
    "ar": "صباح الخير، سنتحدث اليوم عن الطقس وعن أخبار المدينة.",
    "ja": "おはようございます。きょうのてんきは、はれのちくもりです。",
    "fi": "Hyvää huomenta, tänään puhumme kaupungin historiasta ja sen silloista.",
    "hu": "Jó reggelt kívánok, a vonat tíz perc késéssel érkezik a második vágányra.",
    "el": "Καλημέρα σας, σήμερα θα μιλήσουμε για τον καιρό και για τα νέα της πόλης.",
    "vi": "Xin chào các bạn, hôm nay chúng ta sẽ nói về thời tiết và giao thông trong thành phố.",
    "ko": "안녕하세요. 오늘은 날씨와 교통에 대해 이야기하겠습니다.",
    "sv": "God morgon, idag ska vi tala om stadens historia och om dess broar.",
}
VARIANTS = ("", "+f2", "+m3", "+f4", "+m7", "+f1")
Draw = Callable[[np.random.Generator], np.ndarray]


def speech(language: str, words: str, rng: np.random.Generator) -> np.ndarray:
    """At most 12 s of a synthetic voice, now and then in a room."""
    import soxr

    voice = language + VARIANTS[rng.integers(len(VARIANTS))]
    speed, pitch = str(rng.integers(130, 190)), str(rng.integers(25, 75))
    try:
        said = subprocess.run(
            ["espeak-ng", "-v", voice, "-s", speed, "-p", pitch, "--stdout", words], capture_output=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        raise PipelineError("espeak-ng: cannot be run; install it, speech is made with it") from None
    y, rate = soundfile.read(io.BytesIO(said), dtype="float32")
    y = soxr.resample(y, rate, RATE)[: 12 * RATE]
    if rng.random() < 0.5:
        n = int(RATE * rng.uniform(0.1, 0.5))
        echo = rng.standard_normal(n) * np.exp(-np.arange(n) / n * 6)
        echo[0] = 6
        y = np.convolve(y, echo)[: len(y)]
    return y + rng.standard_normal(len(y)) * 10 ** (-rng.uniform(35, 70) / 20) * np.abs(y).max()


def _time(rng: np.random.Generator) -> np.ndarray:
    return np.arange(int(RATE * rng.uniform(5, 12))) / RATE


def _coloured(n: int, exponent: float, rng: np.random.Generator) -> np.ndarray:
    spectrum, f = np.fft.rfft(rng.standard_normal(n)), np.fft.rfftfreq(n, 1 / RATE)
    return np.fft.irfft(spectrum * np.maximum(f, 20) ** (-exponent / 2), n)


def noise(rng: np.random.Generator) -> np.ndarray:
    """Blue to brown, a band, or noise that swells."""
    n, kind = len(_time(rng)), rng.integers(4)
    if kind < 2:
        return _coloured(n, rng.uniform(-1, 2.2), rng)
    if kind == 2:
        low = 10 ** rng.uniform(1.7, 3.3)
        spectrum, f = np.fft.rfft(rng.standard_normal(n)), np.fft.rfftfreq(n, 1 / RATE)
        return np.fft.irfft(spectrum * ((f > low) & (f < low * rng.uniform(1.5, 6))), n)
    swell = 1 + 0.8 * np.sin(2 * np.pi * rng.uniform(0.1, 4) * np.arange(n) / RATE)
    return _coloured(n, rng.uniform(0, 2), rng) * swell


def tone(rng: np.random.Generator) -> np.ndarray:
    """Sine, square, saw, triangle or a row of harmonics; some of them beep."""
    t, f = _time(rng), 10 ** rng.uniform(1.8, 3.6)
    turn, fall = (f * t) % 1, rng.uniform(0.5, 2)
    kinds = (
        lambda: np.sin(2 * np.pi * turn),
        lambda: np.sign(turn - 0.5),
        lambda: 2 * turn - 1,
        lambda: 4 * np.abs(turn - 0.5) - 1,
        lambda: np.sum([np.sin(2 * np.pi * f * k * t) / k**fall for k in range(1, 8) if f * k < 10_000], axis=0),
    )
    y = kinds[rng.integers(len(kinds))]()
    return y * (np.floor(t * rng.uniform(0.5, 4)) % 2 == 0) if rng.random() < 0.3 else y


def sweep(rng: np.random.Generator) -> np.ndarray:
    """A sine that rises or falls."""
    t = _time(rng)
    low, high = sorted(10 ** rng.uniform(1.6, 3.95, 2))
    ends = (low, max(high, 3 * low))
    start, end = ends if rng.random() < 0.5 else ends[::-1]
    part = t / t[-1]
    f = start * (end / start) ** part if rng.random() < 0.5 else start + (end - start) * part
    return np.sin(2 * np.pi * np.cumsum(f) / RATE)


def clicks(rng: np.random.Generator) -> np.ndarray:
    """Clicks in near silence, even or at random."""
    t, rate = _time(rng), rng.uniform(0.5, 12)
    y, last = rng.standard_normal(len(t)) * 1e-4, len(t) - 200
    even = rng.random() < 0.5
    for at in np.arange(0, last, int(RATE / rate)) if even else rng.integers(0, last, int(t[-1] * rate)):
        y[at : at + 60] += np.exp(-np.arange(60) / rng.uniform(2, 25)) * rng.choice([-1, 1]) * rng.uniform(0.4, 1)
    return y


def applause(rng: np.random.Generator) -> np.ndarray:
    """Many short bursts of noise."""
    t = _time(rng)
    y = np.zeros(len(t))
    for at in rng.integers(0, len(t) - 2000, int(t[-1] * rng.uniform(15, 250))):
        n = rng.integers(150, 900)
        y[at : at + n] += rng.standard_normal(n) * np.exp(-np.arange(n) / n * 5) * rng.uniform(0.2, 1)
    spectrum, f = np.fft.rfft(y), np.fft.rfftfreq(len(y), 1 / RATE)
    return np.fft.irfft(spectrum * np.exp(-(np.log(np.maximum(f, 1) / rng.uniform(900, 2500)) ** 2)), len(y))


def hum(rng: np.random.Generator) -> np.ndarray:
    """The mains and its harmonics."""
    t, f = _time(rng), rng.choice([50, 60]) * rng.choice([1, 2])
    parts = [np.sin(2 * np.pi * f * k * t + rng.uniform(0, 6)) * rng.uniform(0, 1) / k**0.7 for k in range(1, 12)]
    return np.sum(parts, axis=0) + rng.standard_normal(len(t)) * rng.uniform(0.001, 0.05)


def telephone(rng: np.random.Generator) -> np.ndarray:
    """A number being dialled."""
    t = _time(rng)
    y, n = np.zeros(len(t)), RATE // 6
    for at in range(0, len(t) - RATE // 4, RATE // 4):
        low, high = rng.choice([697, 770, 852, 941]), rng.choice([1209, 1336, 1477])
        y[at : at + n] = np.sin(2 * np.pi * low * t[:n]) + np.sin(2 * np.pi * high * t[:n])
    return y


def siren(rng: np.random.Generator) -> np.ndarray:
    """A tone that wails."""
    t = _time(rng)
    f = 900 + rng.uniform(200, 500) * np.sin(2 * np.pi * rng.uniform(0.2, 2) * t)
    return np.sin(2 * np.pi * np.cumsum(f) / RATE)


def engine(rng: np.random.Generator) -> np.ndarray:
    """Pulses of a motor."""
    t = _time(rng)
    turn = np.cumsum(rng.uniform(25, 60) * (1 + 0.1 * np.sin(2 * np.pi * 0.2 * t))) / RATE
    return (np.sin(2 * np.pi * turn) > 0.9) * 1.0 + _coloured(len(t), 1, rng) * 0.02


def heart(rng: np.random.Generator) -> np.ndarray:
    """Two beats and a pause."""
    t = _time(rng)
    y = _coloured(len(t), 1.5, rng) * 0.003
    beat = np.sin(2 * np.pi * 55 * t[:2500]) * np.exp(-t[:2500] * 40)
    for second in np.arange(0, t[-1] - 1, rng.uniform(0.7, 1.1)):
        for at in (int(second * RATE), int((second + 0.28) * RATE)):
            y[at : at + 2500] += beat
    return y


def birds(rng: np.random.Generator) -> np.ndarray:
    """Chirps."""
    t = _time(rng)
    y = rng.standard_normal(len(t)) * 0.003
    for at in rng.integers(0, len(t) - 6000, int(t[-1] * 4)):
        n, f = rng.integers(1000, 5000), rng.uniform(2500, 6000)
        y[at : at + n] += np.sin(2 * np.pi * np.cumsum(f + rng.uniform(-1500, 1500) * np.linspace(0, 1, n)) / RATE)
    return y


SPEECH, NOISE, TONE = "speech", "noise", "tones"
KINDS: dict[str, tuple[str, Draw]] = {
    "noise": (NOISE, noise),
    "tone": (TONE, tone),
    "sweep": (TONE, sweep),
    "clicks": (NOISE, clicks),
    "applause": (NOISE, applause),
    "hum": (TONE, hum),
}
HELD_BACK: dict[str, tuple[str, Draw]] = {
    "telephone": (TONE, telephone),
    "siren": (TONE, siren),
    "engine": (NOISE, engine),
    "heart": (NOISE, heart),
    "birds": (TONE, birds),
}


def learned(seed: int, each: int = 24, voices: int = 8) -> Iterator[tuple[str, str, np.ndarray]]:
    """What kind it is, what it is called, samples float32: those to learn from."""
    rng = np.random.default_rng([seed, 1])
    yield from _made(KINDS, each, rng)
    yield from _said(LEARNED_SPEECH, voices, rng)


def scored(seed: int, each: int = 5, voices: int = 3) -> Iterator[tuple[str, str, np.ndarray]]:
    """The same of those to score on."""
    rng = np.random.default_rng([seed, 2])
    yield from _made(KINDS, each, rng)
    yield from _made(HELD_BACK, 3, rng)
    yield from _said(SCORED_SPEECH, voices, rng)


def _made(
    kinds: dict[str, tuple[str, Draw]], each: int, rng: np.random.Generator
) -> Iterator[tuple[str, str, np.ndarray]]:
    for name, (kind, draw) in kinds.items():
        for _ in range(each):
            yield kind, name, draw(rng).astype(np.float32)


def _said(texts: dict[str, str], each: int, rng: np.random.Generator) -> Iterator[tuple[str, str, np.ndarray]]:
    for language, words in texts.items():
        for _ in range(each):
            yield SPEECH, f"speech {language}", speech(language, words, rng).astype(np.float32)
