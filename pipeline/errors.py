"""What the pipeline refuses, in one line each."""

from __future__ import annotations


class PipelineError(ValueError):
    """Something that a stage cannot work with; the text names the file or parameter and what to do."""


class ParamsError(PipelineError):
    """A params.yaml that is not what the pipeline expects; the text names the parameter and the rule."""
