"""Cut the songs that the page offers to try: ``python -m musiclassify.web.examples --songs DIR``.

They are short extracts of real songs whose licences allow it; `SONGS` names the source of each with its sha256, and
the page shows the credit. The extracts are committed, so that serving the page needs no source. A test holds that the
default model answers them rightly and surely: when another model becomes the default, choose extracts that it hears
so too, and run this again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from musiclassify.audio.decode import decode
from musiclassify.audio.write import ogg

from .site import EXAMPLES

__all__ = ["SONGS", "Example", "cut"]

LARGEST = 300_000
"""Bytes that an example may take."""

FADE_S = 0.4

_CC = "https://creativecommons.org"


@dataclass(frozen=True)
class Example:
    """An extract of a song.

    Attributes
    ----------
    file : str
        What it is called here.
    genre : str
        What a person would say, and the default model does.
    name : dict of str to str
        What the page calls it, by language.
    title, artist, licence, licence_url, source : str
        The credit.
    start_s, end_s : float
        What is cut out, seconds.
    song, sha256 : str
        The source's file and the digest of its bytes.
    sample_rate : int
        Hz.
    """

    file: str
    genre: str
    name: dict[str, str]
    title: str
    artist: str
    licence: str
    licence_url: str
    source: str
    start_s: float
    end_s: float
    song: str
    sha256: str
    sample_rate: int = 44_100


SONGS = (
    Example(
        file="strings.ogg",
        genre="classical",
        name={"en": "A string orchestra", "fr": "Un orchestre à cordes"},
        title="Hungarian Dance no. 5 (Brahms)",
        artist="US Army Strings",
        licence="Public Domain",
        licence_url=f"{_CC}/publicdomain/mark/1.0/",
        source="https://musopen.org/music/43805-hungarian-dance-no-5-in-f-sharp-minor-woo-1-string-orchestra-arr/",
        start_s=12,
        end_s=37,
        song="classical__Hungarian_Dance_number_5_-_Allegro_in_F_sharp_minor_(string_orchestra).hq.ogg",
        sha256="8e93ff0182a93168b15346c497b164cb49d2a97bf1e987a1149ea579e914532e",
    ),
    Example(
        file="fishing.ogg",
        genre="pop",
        name={"en": "A singer’s pop song", "fr": "Une chanson pop"},
        title="Let’s Go Fishin’",
        artist="Karissa Hobbs",
        licence="CC BY 3.0",
        licence_url=f"{_CC}/licenses/by/3.0/",
        source="https://freemusicarchive.org/music/Karissa_Hobbs/Age_of_Flowers/09_Lets_Go_Fishin",
        start_s=66,
        end_s=80,
        song="folk-pop__Karissa_Hobbs_-_Lets_Go_Fishin.ogg",
        sha256="27b3667c396c1831511aa3c415fcf582b6e8be560cafb844c5b67b76b72c1cb3",
        sample_rate=22_050,
    ),
    Example(
        file="country.ogg",
        genre="country",
        name={"en": "A country tune", "fr": "Un air de country"},
        title="country.mp3 (DART that TARGET)",
        artist="emegeme",
        licence="CC0 1.0",
        licence_url=f"{_CC}/publicdomain/zero/1.0/",
        source="https://github.com/raysan5/raylib/tree/master/examples/audio/resources",
        start_s=30,
        end_s=43,
        song="country__emegeme_country.mp3",
        sha256="13ca026f55e6a66889998bc857ac94e184bfa9cab7233a2eab726a170f8186c3",
    ),
)


def _extract(example: Example, songs: Path) -> np.ndarray:
    path = songs / example.song
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != example.sha256:
        raise ValueError(f"{path}: sha256 {digest} is not that of the song which was chosen; see SONGS")
    rate = example.sample_rate
    y = decode(path, sample_rate=rate)[round(example.start_s * rate) : round(example.end_s * rate)]
    ramp = np.linspace(0, 1, round(FADE_S * rate), dtype=np.float32)
    y[: len(ramp)] *= ramp
    y[-len(ramp) :] *= ramp[::-1]
    return y


def cut(songs: Path, folder: Path) -> None:
    """Write the examples and their list into ``folder``.

    Parameters
    ----------
    songs : Path
        Folder with the sources that `SONGS` names.
    folder : Path

    Raises
    ------
    ValueError
        A source is another one than was chosen, or an extract is larger than `LARGEST`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = []
    for example in SONGS:
        path = folder / example.file
        path.write_bytes(ogg(_extract(example, songs), example.sample_rate, compression=0.6))
        if path.stat().st_size > LARGEST:
            raise ValueError(f"{path.name}: {path.stat().st_size} bytes, at most {LARGEST}; cut less of the song")
        listed.append({name: value for name, value in asdict(example).items() if name != "sample_rate"})
    (folder / "examples.json").write_text(json.dumps(listed, ensure_ascii=False, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m musiclassify.web.examples", description=__doc__)
    parser.add_argument("--songs", type=Path, required=True, help="folder with the sources")
    parser.add_argument("--out", type=Path, default=EXAMPLES, help="folder to write")
    options = parser.parse_args()
    cut(options.songs, options.out)
