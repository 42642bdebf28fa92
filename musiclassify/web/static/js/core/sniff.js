/**
 * The sample rate that a compressed file says it has, read from its first bytes.
 *
 * The browser's decoder resamples to whatever rate it is asked for; asking for the file's own keeps the sound
 * untouched until our resampler, which matches the server's.
 */

const MPEG_RATES = {
  3: [44100, 48000, 32000], // MPEG 1
  2: [22050, 24000, 16000], // MPEG 2
  0: [11025, 12000, 8000], // MPEG 2.5
};
const AAC_RATES = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

function text(bytes, at, length) {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}

function u32(bytes, at) {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
}

function u32le(bytes, at) {
  return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
}

function find(bytes, word, limit) {
  const codes = [...word].map((c) => c.charCodeAt(0));
  const end = Math.min(bytes.length - codes.length, limit);
  for (let i = 0; i <= end; i++) if (codes.every((code, k) => bytes[i + k] === code)) return i;
  return -1;
}

function oggRate(bytes) {
  const vorbis = find(bytes, "\u0001vorbis", 4096);
  if (vorbis >= 0) return u32le(bytes, vorbis + 12);
  if (find(bytes, "OpusHead", 4096) >= 0) return 48000;
  const flac = find(bytes, "fLaC", 4096);
  return flac >= 0 ? flacRate(bytes, flac) : null;
}

function flacRate(bytes, at) {
  const info = at + 8 + 10;
  return info + 3 > bytes.length ? null : (bytes[info] << 12) | (bytes[info + 1] << 4) | (bytes[info + 2] >> 4);
}

function afterId3(bytes) {
  if (text(bytes, 0, 3) !== "ID3") return 0;
  const size = (bytes[6] << 21) | (bytes[7] << 14) | (bytes[8] << 7) | bytes[9];
  return 10 + size + (bytes[5] & 0x10 ? 10 : 0);
}

function mpegRate(bytes) {
  const from = afterId3(bytes);
  for (let i = from; i + 4 < Math.min(bytes.length, from + 65536); i++) {
    if (bytes[i] !== 0xff || (bytes[i + 1] & 0xe0) !== 0xe0) continue;
    const layer = (bytes[i + 1] >> 1) & 3;
    const rate = (bytes[i + 2] >> 2) & 3;
    if (layer === 0) {
      if ((bytes[i + 1] & 0xf6) === 0xf0) return AAC_RATES[(bytes[i + 2] >> 2) & 15] ?? null; // ADTS
      continue;
    }
    const rates = MPEG_RATES[(bytes[i + 1] >> 3) & 3];
    if (rates && rate < 3 && bytes[i + 2] >> 4 !== 15) return rates[rate];
  }
  return null;
}

/** Sound track's rate in an MP4: 16.16 fixed point in its sample description. */
function mp4Rate(bytes) {
  for (const kind of ["mp4a", "alac", "fLaC", "Opus"]) {
    let at = find(bytes, kind, bytes.length);
    while (at >= 0) {
      const rate = at + 4 + 24 + 2 <= bytes.length ? (bytes[at + 28] << 8) | bytes[at + 29] : 0;
      if (rate >= 8000) return rate;
      const next = find(bytes.subarray(at + 4), kind, bytes.length);
      at = next < 0 ? -1 : at + 4 + next;
    }
  }
  return null;
}

/**
 * @param {ArrayBuffer} buffer the whole file (an MP4 may keep its index at the end)
 * @returns {{container: string, sampleRate: number | null}}
 */
export function sniff(buffer) {
  const bytes = new Uint8Array(buffer);
  const head = text(bytes, 0, 4);
  const rate = (value) => (Number.isInteger(value) && value >= 3000 && value <= 768000 ? value : null);
  if (head === "OggS") return { container: "ogg", sampleRate: rate(oggRate(bytes)) };
  if (head === "fLaC") return { container: "flac", sampleRate: rate(flacRate(bytes, 0)) };
  if (text(bytes, 4, 4) === "ftyp") return { container: "mp4", sampleRate: rate(mp4Rate(bytes)) };
  if (head === "RIFF") return { container: "wav", sampleRate: bytes.length > 28 ? rate(u32le(bytes, 24)) : null };
  return { container: "mpeg", sampleRate: rate(mpegRate(bytes)) };
}
