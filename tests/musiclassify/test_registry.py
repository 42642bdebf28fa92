"""A folder of files is a registry: listed without import, in a stated order, with no name twice."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from musiclassify.registry import Registry, RegistryError


@pytest.fixture
def rooms(tmp_path, monkeypatch):
    """A package with four entries, of which one is a folder, one breaks on import, and one is no entry."""
    package = tmp_path / "some_rooms"
    (package / "whole").mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "plain.py").write_text("LABEL = 'p'\n")
    (package / "first.py").write_text('"""Text with RANK = 1 inside."""\n\nRANK = 10\nLABEL = "f"\n')
    (package / "whole" / "__init__.py").write_text("RANK = 20\nLABEL = 'w'\n")
    (package / "broken.py").write_text("raise RuntimeError('imported')\n")
    (package / "_shared.py").write_text("LABEL = 's'\n")
    (package / "notes.md").touch()
    (package / "no_package").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    yield Registry("some_rooms", "room", needs=("LABEL",))
    for name in [name for name in sys.modules if name.split(".")[0] == "some_rooms"]:
        del sys.modules[name]


def test_names_stand_in_the_order_of_their_ranks_and_import_nothing(rooms):
    assert rooms.names() == ("first", "whole", "broken", "plain")
    assert not [name for name in sys.modules if name.startswith("some_rooms.")]


def test_a_folder_that_holds_other_files_too_lists_those_with_a_rank(rooms):
    assert Registry(rooms.package, "room", ranked=True).names() == ("first", "whole")


def test_an_entry_is_the_module_of_its_file(rooms):
    assert rooms.get("first").LABEL == "f"
    assert rooms.get("whole").__file__.endswith("__init__.py")


def test_an_unknown_name_is_refused_with_the_known_ones(rooms):
    with pytest.raises(RegistryError, match=r"^room='_shared' must be one of first, whole, broken, plain$"):
        rooms.get("_shared")


def test_an_entry_that_lacks_something_is_refused(rooms):
    with rooms.also(bare=SimpleNamespace()), pytest.raises(RegistryError, match=r"room bare .* lacks LABEL"):
        rooms.get("bare")


def test_entries_can_be_lent_and_are_gone_afterwards(rooms):
    lent = SimpleNamespace(LABEL="l", RANK=15)
    with rooms.also(lent=lent):
        assert rooms.names() == ("first", "lent", "whole", "broken", "plain")
        assert rooms.get("lent") is lent
    assert "lent" not in rooms.names()
    with pytest.raises(RegistryError, match="lent"):
        rooms.get("lent")


def test_no_name_stands_twice(rooms):
    with pytest.raises(RegistryError, match="room first stands twice"), rooms.also(first=SimpleNamespace(LABEL="")):
        pass
    with rooms.also(a=SimpleNamespace(LABEL="")):
        with pytest.raises(RegistryError, match="room a stands twice"), rooms.also(a=SimpleNamespace(LABEL="")):
            pass
        assert "a" in rooms.names()


def test_a_file_and_a_folder_of_one_name_are_refused(rooms, tmp_path):
    (tmp_path / "some_rooms" / "whole.py").write_text("LABEL = 'twice'\n")
    for _ in range(2):
        with pytest.raises(RegistryError, match=r"room whole stands twice: .*whole"):
            rooms.names()


def test_all_gives_every_entry_in_order(rooms):
    with pytest.raises(RuntimeError, match="imported"):
        rooms.all()
