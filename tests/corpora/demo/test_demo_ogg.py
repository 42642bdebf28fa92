import io

import numpy as np
import pytest
import soundfile

from corpora.demo import ogg


def test_the_same_samples_are_the_same_bytes(rng):
    samples = rng.uniform(-0.5, 0.5, 22050).astype(np.float32)
    assert ogg.encode(samples, 22050) == ogg.encode(samples, 22050)


def test_the_stream_can_be_read_and_is_the_one_that_was_written():
    time = np.arange(22050) / 22050
    samples = (0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)
    back, rate = soundfile.read(io.BytesIO(ogg.encode(samples, 22050)), dtype="float32")
    assert (rate, back.shape) == (22050, samples.shape)
    assert np.sqrt(np.mean((back - samples) ** 2)) < 0.02


def test_the_checksum_is_ogg_s_own(rng):
    # libsndfile's pages carry checksums that libogg computed.
    buffer = io.BytesIO()
    soundfile.write(buffer, rng.uniform(-0.5, 0.5, 8000), 22050, format="OGG", subtype="VORBIS")
    data = bytearray(buffer.getvalue())
    end = 27 + data[26] + sum(data[27 : 27 + data[26]])
    written = int.from_bytes(data[22:26], "little")
    data[22:26] = bytes(4)
    assert ogg.checksum(bytes(data[:end])) == written


def test_what_is_no_ogg_stream_is_refused():
    with pytest.raises(ValueError, match="no Ogg page at byte 0"):
        ogg.without_serial(b"RIFF" + bytes(100))
