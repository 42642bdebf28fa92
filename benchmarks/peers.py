"""Other feature extractors, each where its wheel is installed (the extra `bench`)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.clips import RATE

Task = Callable[[np.ndarray], object]


def found() -> dict[str, Task]:
    """Name -> function of one signal (float32 [n] at 22 050 Hz); what is missing is named on stderr."""
    tasks: dict[str, Task] = {}
    for library in (_kaldi, _essentia, _pyaudioanalysis, _opensmile):
        try:
            tasks.update(library())
        except ImportError as error:
            print(f"left out: {library.__name__[1:]} ({error}); pip install .[bench]", file=sys.stderr)
    return tasks


def _kaldi() -> Iterator[tuple[str, Task]]:
    import kaldi_native_fbank as knf

    options = knf.MfccOptions()
    options.frame_opts.samp_freq = RATE
    options.frame_opts.dither = 0
    options.frame_opts.frame_length_ms = 1000 * 2048 / RATE
    options.frame_opts.frame_shift_ms = 1000 * 512 / RATE
    options.mel_opts.num_bins = 64
    options.num_ceps = 40

    def mfcc(y: np.ndarray) -> None:
        online = knf.OnlineMfcc(options)
        online.accept_waveform(RATE, y)
        online.input_finished()
        for k in range(online.num_frames_ready):
            online.get_frame(k)

    yield "kaldi-native-fbank MFCC", mfcc


def _essentia() -> Iterator[tuple[str, Task]]:
    import essentia

    essentia.log.infoActive = False
    essentia.log.warningActive = False
    from essentia import standard

    window, spectrum = standard.Windowing(type="hann"), standard.Spectrum(size=2048)
    coefficients = standard.MFCC(
        inputSize=1025, sampleRate=RATE, numberBands=64, numberCoefficients=40, highFrequencyBound=RATE / 2
    )

    def mfcc(y: np.ndarray) -> None:
        for frame in standard.FrameGenerator(y, frameSize=2048, hopSize=512):
            coefficients(spectrum(window(frame)))

    yield "essentia MFCC", mfcc
    if hasattr(standard, "MusicExtractor"):
        yield "essentia MusicExtractor", _through_a_file(standard.MusicExtractor())


def _through_a_file(extractor: Callable[[str], object]) -> Task:
    """MusicExtractor takes files only, and works at 44 100 Hz: a wav in memory-backed storage where there is some."""
    import os
    import tempfile

    import soundfile as sf

    folder = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
    written: dict[int, str] = {}

    def extract(y: np.ndarray) -> None:
        if id(y) not in written:
            written[id(y)] = os.path.join(folder.name, f"{len(written)}.wav")
            sf.write(written[id(y)], y, RATE)
        extractor(written[id(y)])

    return extract


def _pyaudioanalysis() -> Iterator[tuple[str, Task]]:
    from pyAudioAnalysis import MidTermFeatures

    def features(y: np.ndarray) -> None:
        MidTermFeatures.mid_feature_extraction(y, RATE, 5 * RATE, 5 * RATE, 2048, 512)

    yield "pyAudioAnalysis 136 statistics", features


def _opensmile() -> Iterator[tuple[str, Task]]:
    import opensmile

    for name, kind in (
        ("openSMILE eGeMAPS", opensmile.FeatureSet.eGeMAPSv02),
        ("openSMILE ComParE", opensmile.FeatureSet.ComParE_2016),
    ):
        smile = opensmile.Smile(feature_set=kind, feature_level=opensmile.FeatureLevel.Functionals)
        yield name, lambda y, smile=smile: smile.process_signal(y, RATE)
