"""The DVC pipeline: one thin module a stage. ``python -m pipeline --help`` lists what can be run."""
