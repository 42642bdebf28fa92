"""Sound in: decode any format, resample, convert, trim, cut into segments and excerpts.

Needs numpy, soundfile, soxr and PyAV only. Import from the modules::

    from musiclassify.audio.decode import decode, probe, stream
    from musiclassify.audio.excerpts import Rule, excerpts, vote
    from musiclassify.audio import segments
"""
