"""Genres and moods in the tags of files: read, written, taken back.

`write` changes the bytes of our tags and no others: the coded sound is compared, packet by packet, before the new
file takes the place of the old one, and the file carries what `undo` needs to make it the same again. Every kind of
tag has a file of its own here; `formats` finds out which ones a file has.
"""

from .data import TagError
from .fields import MARK
from .file import Tags, current, undo, write
from .place import Care
from .record import Record
from .sound import sound_digest

__all__ = ["MARK", "Care", "Record", "TagError", "Tags", "current", "sound_digest", "undo", "write"]
