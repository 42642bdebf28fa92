"""What this room refuses."""


class ModelError(ValueError):
    """A setting, a data set or a folder that a model cannot work with; the text names it and the rule."""
