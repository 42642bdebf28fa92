"""Sound in: decode any format, resample, convert, trim, cut into segments and excerpts.

Needs numpy, soundfile, soxr and PyAV only. Import from the modules::

    from audio.decode import decode, probe, stream
    from audio.excerpts import Rule, excerpts, vote
    from audio import segments
"""
