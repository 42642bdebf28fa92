"""The command `musiclassify`: one subcommand a file, each with ``HELP``, ``build_parser`` and ``run``."""
