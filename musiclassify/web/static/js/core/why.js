/**
 * What an answer rests on, by occlusion: the same few seconds again and again, with a band or a moment taken away.
 *
 * musiclassify/released/explain.py does the same for whole songs.
 */

/** Edges of the bands that are taken away, Hz. */
export const BAND_HZ = [0, 100, 200, 400, 800, 1600, 3200, 6400, 11025];
const PIECE_S = 1;
const FADE_S = 0.01;

/** Fast Fourier transform in place; lengths are powers of two. */
export function fft(re, im) {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const c = Math.cos((-2 * Math.PI * k) / size);
      const s = Math.sin((-2 * Math.PI * k) / size);
      for (let a = k; a < n; a += size) {
        const b = a + half;
        const x = re[b] * c - im[b] * s;
        const y = re[b] * s + im[b] * c;
        re[b] = re[a] - x;
        im[b] = im[a] - y;
        re[a] += x;
        im[a] += y;
      }
    }
  }
}

const powerOfTwo = (n) => 2 ** Math.ceil(Math.log2(Math.max(2, n)));

/** The sound once for each band, without it. */
export function* withoutBands(samples, rate, edges = BAND_HZ) {
  const n = powerOfTwo(samples.length);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  re.set(samples);
  fft(re, im);
  for (let b = 0; b + 1 < edges.length; b++) {
    const [x, y] = [re.slice(), im.slice()];
    for (let k = 0; k < n; k++) {
      const hz = (Math.min(k, n - k) * rate) / n;
      if (hz >= edges[b] && hz < edges[b + 1]) x[k] = y[k] = 0;
      else y[k] = -y[k]; // the inverse is the transform of the conjugate
    }
    fft(x, y);
    yield Float32Array.from(samples, (_, i) => x[i] / n);
  }
}

/** Pieces of a sound, samples: [first, last). */
export function pieces(length, rate) {
  const size = Math.round(PIECE_S * rate);
  const count = Math.max(1, Math.round(length / size));
  return Array.from({ length: count }, (_, k) => [Math.round((k * length) / count), Math.round(((k + 1) * length) / count)]);
}

/** The sound with a piece silenced; short fades keep its edges from clicking. */
export function silenced(samples, [first, last], rate) {
  const fade = Math.round(FADE_S * rate);
  return samples.map((value, i) => {
    if (i >= first && i < last) return 0;
    const away = i < first ? first - i : i - last + 1;
    return away < fade ? (value * away) / fade : value;
  });
}

/**
 * The sound as a picture: levels from 0 (80 dB below the loudest) to 1, low tones first.
 *
 * @param {Float32Array} samples
 * @param {number} rate
 * @returns {{columns: number, rows: number, levels: Float32Array}} row by row
 */
export function spectrogram(samples, rate, { columns = 160, rows = 72, size = 2048 } = {}) {
  const power = new Float64Array(rows * columns);
  const edge = (r) => Math.round((40 * (rate / 80) ** (r / rows) * size) / rate);
  const window = Float64Array.from({ length: size }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
  for (let c = 0; c < columns; c++) {
    const at = Math.round((c + 0.5) * (samples.length / columns) - size / 2);
    const re = Float64Array.from(window, (w, i) => w * (samples[at + i] ?? 0));
    const im = new Float64Array(size);
    fft(re, im);
    for (let r = 0; r < rows; r++) {
      const from = edge(r);
      const to = Math.max(from + 1, edge(r + 1));
      for (let k = from; k < to; k++) power[r * columns + c] += (re[k] ** 2 + im[k] ** 2) / (to - from);
    }
  }
  const top = power.reduce((a, b) => Math.max(a, b), 1e-12);
  return { columns, rows, levels: Float32Array.from(power, (p) => Math.max(0, 1 + Math.log10(Math.max(p, 1e-12) / top) / 8)) };
}

/**
 * Ask about a few seconds with something missing.
 *
 * @param {Float32Array} samples
 * @param {number} rate
 * @param {(samples: Float32Array) => Promise<number>} ask the genre's probability
 * @param {(done: number, total: number) => Promise<void>} onStep
 * @returns {Promise<{probability: number, bands: object[], pieces: object[]}>} `without` is the probability then
 */
export async function occlude(samples, rate, ask, onStep) {
  const parts = pieces(samples.length, rate);
  const total = 1 + BAND_HZ.length - 1 + parts.length;
  let done = 0;
  const next = async (sound) => {
    const p = await ask(sound);
    await onStep(++done, total);
    return p;
  };
  const probability = await next(samples);
  const bands = [];
  for (const sound of withoutBands(samples, rate)) {
    const [low, high] = [BAND_HZ[bands.length], BAND_HZ[bands.length + 1]];
    bands.push({ low, high, without: await next(sound) });
  }
  const moments = [];
  for (const part of parts) moments.push({ start: part[0] / rate, end: part[1] / rate, without: await next(silenced(samples, part, rate)) });
  return { probability, bands, pieces: moments };
}
