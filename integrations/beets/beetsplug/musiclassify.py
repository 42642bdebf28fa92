"""beets asks MusiClassify: ``beet musiclassify``, and every import.

    plugins: musiclassify
    musiclassify:
        auto: yes             # on import
        only_missing: yes     # songs that have genres keep them
        min_confidence:       # empty: as certain as the model's own threshold; else 0 to 1
        max_genres: 1
        map: {}               # metal: [Rock, Metal]
        moods: no             # also keep what else was heard, in the field moods
        model:                # empty: the default; else a name, or the folder of a model of your own
        jobs: 2

Genres go into beets' own list ``genres``; beets writes them to the files as ``import.write`` says. An album without
genres gets those that most of its songs have.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from optparse import Values

from beets.importer import ImportSession, ImportTask
from beets.library import Album, Item, Library
from beets.plugins import BeetsPlugin
from beets.ui import Subcommand, UserError, print_, should_write

from musiclassify import released
from musiclassify.errors import MusiClassifyError
from musiclassify.tags import Tags
from musiclassify.tags.plan import Wish, plan


class MusiClassifyPlugin(BeetsPlugin):
    """Fills ``genres`` from what is heard."""

    def __init__(self) -> None:
        super().__init__()
        if "genres" not in Item._fields:
            raise UserError("musiclassify: this beets keeps no list of genres; update it: pip install -U beets")
        self.config.add(
            {
                "auto": True,
                "only_missing": True,
                "min_confidence": None,
                "max_genres": 1,
                "map": {},
                "moods": False,
                "model": None,
                "jobs": 2,
            }
        )
        if self.config["auto"].get(bool):
            self.import_stages = [self.imported]

    def commands(self) -> list[Subcommand]:
        """Give ``beet musiclassify [-f] [-p] [QUERY]``."""
        command = Subcommand("musiclassify", help="fill in genres by what is heard")
        command.parser.add_option("-f", "--force", action="store_true", help="also songs that have genres")
        command.parser.add_option("-p", "--pretend", action="store_true", help="only say what would change")
        command.func = self.command
        return [command]

    def command(self, library: Library, options: Values, words: list[str]) -> None:
        """Fill in the genres of the songs that a query names, and of their albums."""
        wish = self._wish(only_missing=False if options.force else None)
        changed = list(self._fill(library.items(words), wish, write=should_write(), pretend=options.pretend))
        if not options.pretend:
            albums = {item.album_id: item.get_album() for item in changed if item.album_id}
            for album in filter(None, albums.values()):
                self._fill_album(album, wish)

    def imported(self, session: ImportSession, task: ImportTask) -> None:
        """Fill in the genres of what was just imported."""
        wish = self._wish()
        changed = list(self._fill(task.imported_items(), wish, write=should_write()))
        if changed and task.is_album:
            self._fill_album(task.album, wish)

    def _wish(self, only_missing: bool | None = None) -> Wish:
        config = self.config
        least = config["min_confidence"].get()
        try:
            names = {
                str(ours): [str(name) for name in (theirs if isinstance(theirs, list) else [theirs])]
                for ours, theirs in config["map"].get(dict).items()
            }
            return Wish(
                None if least is None else float(least),
                config["max_genres"].get(int),
                names,
                config["only_missing"].get(bool) if only_missing is None else only_missing,
                replace=only_missing is False,
                mood=config["moods"].get(bool),
            )
        except (TypeError, ValueError) as error:
            raise UserError(f"musiclassify: {error}; mend the section musiclassify of beets' config") from error

    @cached_property
    def _model(self) -> released.Model:
        try:
            return released.load(self.config["model"].get())
        except MusiClassifyError as error:
            raise UserError(f"musiclassify: {error}") from error

    def _fill(self, items: Iterable[Item], wish: Wish, *, write: bool, pretend: bool = False) -> Iterator[Item]:
        """Ask about the songs that it is for; give those that changed."""
        wanted = [item for item in items if not (wish.only_missing and item.genres)]
        if not wanted:
            return
        unknown = set(wish.names) - set(self._model.labels)
        if unknown:
            known = ", ".join(self._model.labels)
            raise UserError(f"musiclassify: map names {min(unknown)}, which is no genre of the model ({known})")
        songs = [os.fsdecode(item.path) for item in wanted]
        answers = self._model.classify_many(songs, jobs=self.config["jobs"].get(int))
        for item, answer in zip(wanted, answers, strict=True):
            if not answer.ok:
                self._log.error("{}: {}", answer.path, answer.message or answer.status)
                continue
            moods = tuple(filter(None, str(item.get("moods", "")).split("; ")))
            made = plan(answer, wish, Tags(tuple(item.genres or ()), False, (), moods))
            if not made.changes:
                self._log.info("{} keeps {}: {}", item, "; ".join(item.genres or ()) or "no genre", made.why)
                continue
            if pretend:
                print_(f"{item}: {'; '.join(made.genre or item.genres or ())}")
                continue
            self._log.info("{}: {}", item, "; ".join(made.genre or item.genres or ()))
            if made.genre is not None:
                item.genres = made.genre
            if made.mood is not None:
                item["moods"] = "; ".join(made.mood)
            item.store()
            if write:
                item.try_write()
            yield item

    def _fill_album(self, album: Album, wish: Wish) -> None:
        if wish.only_missing and album.genres:
            return
        counts = Counter(genre for item in album.items() for genre in item.genres or ())
        most = max((len(item.genres or ()) for item in album.items()), default=0)
        chosen = [genre for genre, _ in counts.most_common(most)]
        if chosen and chosen != list(album.genres or ()):
            album.genres = chosen
            album.store(inherit=False)
