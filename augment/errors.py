"""What can go wrong in `augment`; a setting that breaks its rule is a `settings.SettingError`."""


class SignalError(ValueError):
    """A signal cannot be augmented: empty, of the wrong shape, or not finite."""
