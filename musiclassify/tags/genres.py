"""Names of genres: those that ID3 numbers, which are the same but for their spelling, which is the finer one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

__all__ = ["ID3_GENRES", "of_id3_text", "same", "says_already"]

ID3_GENRES = tuple(
    """Blues|Classic Rock|Country|Dance|Disco|Funk|Grunge|Hip-Hop|Jazz|Metal|New Age|Oldies|Other|Pop|R&B|Rap|Reggae
|Rock|Techno|Industrial|Alternative|Ska|Death Metal|Pranks|Soundtrack|Euro-Techno|Ambient|Trip-Hop|Vocal|Jazz+Funk
|Fusion|Trance|Classical|Instrumental|Acid|House|Game|Sound Clip|Gospel|Noise|Alt. Rock|Bass|Soul|Punk|Space
|Meditative|Instrumental Pop|Instrumental Rock|Ethnic|Gothic|Darkwave|Techno-Industrial|Electronic|Pop-Folk|Eurodance
|Dream|Southern Rock|Comedy|Cult|Gangsta Rap|Top 40|Christian Rap|Pop/Funk|Jungle|Native American|Cabaret|New Wave
|Psychedelic|Rave|Showtunes|Trailer|Lo-Fi|Tribal|Acid Punk|Acid Jazz|Polka|Retro|Musical|Rock & Roll|Hard Rock|Folk
|Folk-Rock|National Folk|Swing|Fast-Fusion|Bebop|Latin|Revival|Celtic|Bluegrass|Avantgarde|Gothic Rock
|Progressive Rock|Psychedelic Rock|Symphonic Rock|Slow Rock|Big Band|Chorus|Easy Listening|Acoustic|Humour|Speech
|Chanson|Opera|Chamber Music|Sonata|Symphony|Booty Bass|Primus|Porn Groove|Satire|Slow Jam|Club|Tango|Samba|Folklore
|Ballad|Power Ballad|Rhythmic Soul|Freestyle|Duet|Punk Rock|Drum Solo|A Cappella|Euro-House|Dance Hall|Goa
|Drum & Bass|Club-House|Hardcore|Terror|Indie|BritPop|Afro-Punk|Polsk Punk|Beat|Christian Gangsta Rap|Heavy Metal
|Black Metal|Crossover|Contemporary Christian|Christian Rock|Merengue|Salsa|Thrash Metal|Anime|JPop|Synthpop|Abstract
|Art Rock|Baroque|Bhangra|Big Beat|Breakbeat|Chillout|Downtempo|Dub|EBM|Eclectic|Electro|Electroclash|Emo
|Experimental|Garage|Global|IDM|Illbient|Industro-Goth|Jam Band|Krautrock|Leftfield|Lounge|Math Rock|New Romantic
|Nu-Breakz|Post-Punk|Post-Rock|Psytrance|Shoegaze|Space Rock|Trop Rock|World Music|Neoclassical|Audiobook
|Audio Theatre|Neue Deutsche Welle|Podcast|Indie Rock|G-Funk|Dubstep|Garage Rock|Psybient""".replace("\n", "").split(
        "|"
    )
)
"""The genres of ID3v1 and Winamp, by their number."""

_FINER = {
    "blues": "delta blues, chicago blues, boogie woogie",
    "classical": "baroque, opera, symphony, sonata, chamber music, choral, concerto, early music, medieval, "
    "renaissance, neoclassical, orchestral, impressionism, lied, requiem, string quartet",
    "country": "bluegrass, honky tonk, americana, nashville sound, western swing, outlaw country",
    "disco": "italo disco, eurodisco",
    "hiphop": "rap, gangsta rap, trap, boom bap, g funk, grime, conscious hip hop, drill",
    "jazz": "bebop, hard bop, swing, big band, fusion, dixieland, cool jazz, free jazz, bossa nova, ragtime",
    "metal": "metalcore, deathcore, grindcore, djent, thrash, doom",
    "pop": "synthpop, britpop, jpop, kpop, dance pop, europop, indie pop, chanson, schlager",
    "reggae": "dub, dancehall, dance hall, ska, rocksteady, ragga, roots reggae",
    "rock": "grunge, punk, shoegaze, krautrock, britpop, new wave, rock and roll, rockabilly, emo, hardcore, indie",
}
_REFERENCES = re.compile(r"((?:\((?:[0-9]+|RX|CR)\))*)(.*)", re.DOTALL)


def _plain(name: str) -> str:
    """Give the letters of a name as words: case, accents, hyphens and the like do not count."""
    name = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in name if not unicodedata.combining(c)).split())


def _key(name: str) -> str:
    return _plain(name).replace(" ", "")


_CHILDREN = {parent: {_key(child) for child in children.split(",")} for parent, children in _FINER.items()}


def same(a: str, b: str) -> bool:
    """Whether two names differ in no more than their spelling.

    Examples
    --------
    >>> same("Hip-Hop", "hiphop"), same("R&B", "r and b"), same("Rock", "Pop")
    (True, True, False)
    """
    return _key(a) == _key(b)


def says_already(there: Iterable[str], ours: str | Iterable[str]) -> bool:
    """Whether one of the genres that stand in a file says the same as one of ours, or says it finer.

    Examples
    --------
    >>> says_already(["Classical"], "classical"), says_already(["Death Metal"], "metal"), says_already(["Rock"], "jazz")
    (True, True, False)
    """
    there = list(there)
    return any(_says(name, one) for one in ([ours] if isinstance(ours, str) else ours) for name in there)


def _says(name: str, ours: str) -> bool:
    key = _key(ours)
    return _key(name) == key or f" {_plain(ours)} " in f" {_plain(name)} " or _key(name) in _CHILDREN.get(key, ())


def of_id3_text(text: str) -> list[str]:
    """Read a text of ID3's TCON: a name, a number, or references such as ``(8)(17)Ballad``.

    Examples
    --------
    >>> of_id3_text("(8)(17)My own"), of_id3_text("9"), of_id3_text("(RX)"), of_id3_text("((odd) name")
    (['Jazz', 'Rock', 'My own'], ['Metal'], ['Remix'], ['(odd) name'])
    """
    if text.isascii() and text.isdigit():
        return [_named(text)]
    references, rest = _REFERENCES.fullmatch(text).groups()
    found = [_named(reference) for reference in references[1:-1].split(")(")] if references else []
    rest = rest[1:] if rest.startswith("((") else rest
    return found + [rest] * bool(rest and rest not in found)


def _named(reference: str) -> str:
    special = {"RX": "Remix", "CR": "Cover"}.get(reference)
    if special or not reference.isdigit():
        return special or reference
    return ID3_GENRES[int(reference)] if int(reference) < len(ID3_GENRES) else reference
