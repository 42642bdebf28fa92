"""What this room refuses."""


class FeatureError(ValueError):
    """A signal that features cannot be made from, or features that are not whole; the text names them and the rule."""
