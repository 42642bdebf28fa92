"""How fast this project is beside others, measured in one process and one run.

``python -m benchmarks all`` prints the tables and writes ``reports/bench/``: features.csv, augment.csv,
decode.csv, answers.csv (``what, ms_per_clip, ratio_to_floor, rounds``), a chart of each, and targets.json.

The other extractors (the extra `bench`) are compared with where they are installed. They bring much along,
so give them an environment of their own: ``python -m venv bench; bench/bin/pip install -e .[learn,bench];
bench/bin/python -m benchmarks``.
"""
