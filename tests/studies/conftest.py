"""What the studies' tests share: eight made clips and a study's settings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

from studies import held_out

RATE = 22_050


@pytest.fixture
def tracks(tmp_path, rng, monkeypatch):
    """Eight clips of two genres, and a folder of its own for what is kept."""
    monkeypatch.setattr(held_out, "DATA", tmp_path / "kept")
    rows = []
    for k in range(8):
        genre = ("hum", "hiss")[k % 2]
        y = 0.1 * rng.standard_normal(RATE) if genre == "hiss" else 0.3 * np.sin(np.arange(RATE) * (0.02 + 0.002 * k))
        file = tmp_path / f"{genre}.{k:05d}.wav"
        sf.write(file, y.astype(np.float32), RATE)
        rows.append({"track_id": file.stem, "genre": genre, "group": file.stem, "file": str(file), "duration_s": 1.0})
    return pd.DataFrame(rows)
