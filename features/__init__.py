"""The one feature engine: MFCC matrices and summary statistics from one pass over a signal."""

from .engine import Engine, Extracted
from .errors import FeatureError
from .settings import FeatureSettings

__all__ = ["Engine", "Extracted", "FeatureError", "FeatureSettings"]
