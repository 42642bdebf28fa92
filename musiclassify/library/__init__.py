"""A database of somebody's music: what was heard in every song, kept, asked, compared.

    from musiclassify.library import open_library

    with open_library("library.sqlite") as library:
        for song in library.songs():
            print(song.name, song.answer.genre)

`scan` fills it, `query` asks it, `vectors` finds songs that are alike; `duplicates`, `playlists`, `export` and `watch`
do what their names say. The database is one SQLite file (`schema` has its tables); a folder is only ever read.
"""

from __future__ import annotations

from .errors import BusyError, LibraryError
from .store import Library, Song, open_library

__all__ = ["BusyError", "Library", "LibraryError", "Song", "open_library"]
