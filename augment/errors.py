"""What can go wrong in `augment`."""


class AugmentError(ValueError):
    """Root of this package's errors; a subclass of ValueError."""


class SettingError(AugmentError):
    """A setting or a recipe's number is missing, unknown, or breaks its rule."""


class SignalError(AugmentError):
    """A signal cannot be augmented: empty, of the wrong shape, or not finite."""
