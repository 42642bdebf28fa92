/**
 * Windowed-sinc resampling, the browser's twin of the server's soxr "HQ".
 *
 * Flat to 0.913 of the lower Nyquist frequency, some 125 dB down from Nyquist on, linear phase, and as many samples
 * as soxr gives. The numbers are least-squares fits to soxr's impulse response (tests/musiclassify/web/fit_resampler.py
 * makes them): from 44.1 to 22.05 kHz a sinc under a Kaiser window is all of it (the largest difference of a tap is
 * 4e-8). Where the rates are no simple multiples soxr goes in several steps, whose last octave slopes by a thousandth;
 * a small symmetric filter brings that (differences up to 4e-6). It matters: the models' 8-bit steps can make 0.004 of
 * probability out of 1e-5 of noise.
 */

/** cutoff (-6 dB, of the lower Nyquist frequency), Kaiser's beta, half the width in samples of the lower rate, slope. */
const USUAL = { cutoff: 0.95687182, beta: 13.04, halfWidth: 97.24987, slope: [] };
/** By the ratio of the rates; named after the rate that is brought to 22 050 Hz. */
const FITTED = {
  "160/441": { cutoff: 0.95687052, beta: 13.74666, halfWidth: 102.37684, slope: [54.6741779, -27.8207033, 8.18532724, -1.06626672] }, // 8000 Hz
  "80/147": { cutoff: 0.95687025, beta: 13.75415, halfWidth: 102.40362, slope: [2.24807824, -1.16957798, 0.357216805, -0.0490752133] }, // 12000 Hz
  "320/441": { cutoff: 0.95686983, beta: 13.76600, halfWidth: 102.44603, slope: [0.240634829, -0.129189327, 0.0416292464, -0.00617917105] }, // 16000 Hz
  "160/147": { cutoff: 0.95687022, beta: 13.75737, halfWidth: 102.37622, slope: [0.0170375296, -0.00963229933, 0.00339983841, -0.000578647784] }, // 24000 Hz
  "640/441": { cutoff: 0.95687160, beta: 13.71746, halfWidth: 101.48671, slope: [0.00631416723, -0.0033234348, 0.0010403654, -0.000149845467] }, // 32000 Hz
  "320/147": { cutoff: 0.95687022, beta: 13.75730, halfWidth: 102.37593, slope: [0.0170349721, -0.00963066025, 0.00339911348, -0.00057846298] }, // 48000 Hz
  "4/1": { cutoff: 0.95687183, beta: 13.71110, halfWidth: 102.24964, slope: [] }, // 88200 Hz
  "640/147": { cutoff: 0.95687026, beta: 14.43487, halfWidth: 106.98944, slope: [0.0170571966, -0.0096438541, 0.00340416131, -0.000579424894] }, // 96000 Hz
  "8/1": { cutoff: 0.95687183, beta: 14.10407, halfWidth: 105.24958, slope: [] }, // 176400 Hz
  "1280/147": { cutoff: 0.95687029, beta: 14.83165, halfWidth: 109.75754, slope: [0.0170839235, -0.00966002944, 0.00341059055, -0.000580741137] }, // 192000 Hz
};

function gcd(a, b) {
  while (b) [a, b] = [b, a % b];
  return a;
}

/** Modified Bessel function of the first kind, order 0. */
function bessel0(x) {
  let sum = 1;
  let term = 1;
  for (let k = 1; k < 60; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
    if (term < sum * 1e-17) break;
  }
  return sum;
}

export class Resampler {
  /**
   * @param {number} from rate of the input, Hz (whole number)
   * @param {number} to rate of the output, Hz (whole number)
   */
  constructor(from, to) {
    if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to < 1) {
      throw new RangeError(`resample: from=${from}, to=${to}: rates are whole numbers of Hz above 0`);
    }
    const common = gcd(from, to);
    this.from = from;
    this.to = to;
    this.up = to / common;
    this.down = from / common;
    if (from !== to) this.#design();
  }

  #design() {
    const { from, to, up, down } = this;
    const fit = FITTED[`${down}/${up}`] ?? USUAL;
    const lower = Math.min(from, to);
    const cutoff = fit.cutoff * (lower / from); // of the input's Nyquist frequency
    const half = (fit.halfWidth * from) / lower; // input samples each side
    const step = from / (2 * to); // between the taps of the slope
    const norm = bessel0(fit.beta);
    const sinc = (x) => {
      const r = x / half;
      if (Math.abs(r) >= 1) return 0;
      const a = Math.PI * cutoff * x;
      return cutoff * (Math.abs(a) < 1e-12 ? 1 : Math.sin(a) / a) * (bessel0(fit.beta * Math.sqrt(1 - r * r)) / norm);
    };
    const tap = (x) => fit.slope.reduce((sum, share, j) => sum + share * (sinc(x - (j + 1) * step) + sinc(x + (j + 1) * step) - 2 * sinc(x)), sinc(x));
    this.reach = Math.ceil(half + fit.slope.length * step);
    this.taps = 2 * this.reach + 1;
    const { reach, taps } = this;
    this.table = new Float32Array(up * taps);
    for (let phase = 0; phase < up; phase++) {
      const row = Float64Array.from({ length: taps }, (_, i) => tap(i - reach - phase / up));
      const sum = row.reduce((a, b) => a + b, 0);
      for (let i = 0; i < taps; i++) this.table[phase * taps + i] = row[i] / sum;
    }
  }

  /** Length of the output for `n` input samples: n * to / from, halves rounded up. */
  length(n) {
    return Math.floor((n * this.up) / this.down + 0.5);
  }

  /**
   * Output samples [start, end) of the resampled signal; the input is zero outside itself.
   *
   * @param {Float32Array} input the whole signal
   * @param {number} start first output sample
   * @param {number} end one past the last output sample
   * @returns {Float32Array}
   */
  range(input, start, end) {
    const { up, down, taps, reach, table } = this;
    if (up === down) return input.slice(start, end);
    const out = new Float32Array(end - start);
    const last = input.length;
    for (let k = start; k < end; k++) {
      const position = k * down;
      const centre = Math.floor(position / up);
      const row = (position - centre * up) * taps;
      const first = centre - reach;
      let sum = 0;
      if (first >= 0 && first + taps <= last) {
        for (let i = 0; i < taps; i++) sum += table[row + i] * input[first + i];
      } else {
        const from = Math.max(0, -first);
        const to = Math.min(taps, last - first);
        for (let i = from; i < to; i++) sum += table[row + i] * input[first + i];
      }
      out[k - start] = sum;
    }
    return out;
  }
}
