"""Gain scales and nothing else."""

import numpy as np
import pytest

from augment import SettingError
from augment.transforms import gain


def test_six_decibels_double():
    y = np.array([0.5, -0.9], np.float32)
    np.testing.assert_allclose(gain.scale(y, 6.0206), 2 * y, rtol=1e-6)


def test_a_gain_out_of_range_is_refused():
    with pytest.raises(SettingError, match="gain_db=nan"):
        gain.scale(np.ones(2, np.float32), float("nan"))
