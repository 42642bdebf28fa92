"""The one feature engine: MFCC matrices and summary statistics from one pass over a signal."""

from .engine import Engine, Extracted
from .settings import FeatureError, FeatureSettings

__all__ = ["Engine", "Extracted", "FeatureError", "FeatureSettings"]
