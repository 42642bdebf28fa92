"""The names under which pattern files call General MIDI's instruments, drum kits and drums."""

_NAMES = """
    piano bright_piano electric_grand honky_tonk electric_piano fm_piano harpsichord clavinet
    celesta glockenspiel music_box vibraphone marimba xylophone tubular_bells dulcimer
    drawbar_organ percussive_organ rock_organ church_organ reed_organ accordion harmonica bandoneon
    nylon_guitar steel_guitar jazz_guitar clean_guitar muted_guitar overdriven_guitar distorted_guitar
    guitar_harmonics
    acoustic_bass finger_bass picked_bass fretless_bass slap_bass slap_bass_2 synth_bass synth_bass_2
    violin viola cello contrabass tremolo_strings pizzicato harp timpani
    strings slow_strings synth_strings synth_strings_2 choir voice_oohs synth_voice orchestra_hit
    trumpet trombone tuba muted_trumpet french_horn brass synth_brass synth_brass_2
    soprano_sax alto_sax tenor_sax baritone_sax oboe english_horn bassoon clarinet
    piccolo flute recorder pan_flute bottle shakuhachi whistle ocarina
    square_lead saw_lead calliope_lead chiff_lead charang_lead voice_lead fifths_lead bass_lead
    new_age_pad warm_pad poly_synth choir_pad bowed_pad metal_pad halo_pad sweep_pad
    rain soundtrack crystal atmosphere brightness goblins echoes sci_fi
    sitar banjo shamisen koto kalimba bagpipe fiddle shanai
    tinkle_bell agogo steel_drums wood_block taiko melodic_tom synth_drum reverse_cymbal
    fret_noise breath_noise seashore bird telephone helicopter applause gunshot
"""
PROGRAMS: dict[str, int] = {name: number for number, name in enumerate(_NAMES.split())}

#: Instruments whose long notes may tremble: bowed strings, voices, winds, brass, leads, electric guitars, harmonica.
VIBRATO = frozenset({22, 29, 30, 109, 110, 111, *range(40, 44), *range(52, 55), *range(56, 80), *range(80, 88)})

KITS: dict[str, int] = {
    "standard": 0,
    "room": 8,
    "power": 16,
    "electronic": 24,
    "tr808": 25,
    "jazz": 32,
    "brush": 40,
    "orchestra": 48,
}

DRUMS: dict[str, int] = {
    "kick": 36,
    "kick_2": 35,
    "rim": 37,
    "snare": 38,
    "clap": 39,
    "snare_2": 40,
    "tom_floor": 41,
    "hat": 42,
    "hat_pedal": 44,
    "tom_low": 45,
    "hat_open": 46,
    "tom_mid": 47,
    "crash": 49,
    "tom_high": 50,
    "ride": 51,
    "china": 52,
    "ride_bell": 53,
    "tambourine": 54,
    "cowbell": 56,
    "bongo_high": 60,
    "bongo_low": 61,
    "conga_mute": 62,
    "conga_high": 63,
    "conga_low": 64,
    "timbale_high": 65,
    "timbale_low": 66,
    "agogo": 67,
    "cabasa": 69,
    "shaker": 70,
    "claves": 75,
    "wood_block": 76,
    "triangle": 81,
}
