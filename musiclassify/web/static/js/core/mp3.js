/**
 * Where mp3 begins and ends: the twin of musiclassify/audio/mp3.py.
 *
 * Browsers cut what the encoder and the decoder have added in ways of their own (Chromium by a LAME tag, Firefox its
 * own 529 samples only, neither by iTunes' note). What a file says is compared with what was given out; the rest is cut.
 */

const DECODER_DELAY = 529;
const MOST_ADDED = 1 << 16; // samples; a note that says more is not believed
const latin1 = new TextDecoder("latin1");
const text = (bytes, at, n) => latin1.decode(bytes.subarray(at, at + n));

function tagLength(bytes) {
  if (text(bytes, 0, 3) !== "ID3" || bytes.length < 10) return 0;
  const size = (bytes[6] << 21) | (bytes[7] << 14) | (bytes[8] << 7) | bytes[9];
  return 10 + size + (bytes[5] & 0x10 ? 10 : 0);
}

/** What the first frame says: {frames, perFrame, delay, padding}, or null without such a tag. */
function byFirstFrame(bytes, from) {
  let at = from;
  while (at < bytes.length && bytes[at] === 0) at += 1;
  if (at + 4 > bytes.length || bytes[at] !== 0xff || (bytes[at + 1] & 0xe6) !== 0xe2) return null;
  const low = (bytes[at + 1] & 0x18) !== 0x18;
  const mono = bytes[at + 3] >> 6 === 3;
  const info = at + 4 + (low ? (mono ? 9 : 17) : mono ? 17 : 32);
  if (!["Xing", "Info"].includes(text(bytes, info, 4))) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (info + 12 > bytes.length || !(bytes[info + 7] & 1)) return null;
  const sizes = [4, 4, 100, 4];
  const tag = sizes.reduce((sum, size, k) => sum + (bytes[info + 7] & (1 << k) ? size : 0), info + 8);
  if (tag + 24 > bytes.length || !["LAME", "Lavf", "Lavc"].includes(text(bytes, tag, 4))) return null;
  const [a, b, c] = bytes.subarray(tag + 21, tag + 24);
  return { frames: view.getUint32(info + 8), perFrame: low ? 576 : 1152, delay: (a << 4) | (b >> 4), padding: ((b & 15) << 8) | c };
}

/** What iTunes' note says: {delay, padding, length}, or null. */
function byNote(bytes, length) {
  const plain = latin1.decode(bytes.subarray(0, length).filter((byte) => byte !== 0));
  const found = /iTunSMPB[^0-9A-Za-z]+[0-9A-F]{8} ([0-9A-F]{8}) ([0-9A-F]{8}) ([0-9A-F]{16})/.exec(plain);
  if (!found) return null;
  const [delay, padding, samples] = found.slice(1).map((hex) => parseInt(hex, 16));
  return Math.max(delay, padding) < MOST_ADDED ? { delay, padding, samples } : null;
}

/**
 * What is still to be cut when a browser has decoded an mp3.
 *
 * @param {ArrayBuffer} buffer the whole file
 * @returns {(length: number) => {first: number, last: number}} samples at either end, for a sound of `length` samples
 */
export function mp3Ends(buffer) {
  const bytes = new Uint8Array(buffer);
  const head = tagLength(bytes);
  const tagged = byFirstFrame(bytes, head);
  if (tagged) {
    const { frames, perFrame, delay, padding } = tagged;
    const whole = frames * perFrame;
    const last = Math.max(0, padding - DECODER_DELAY);
    return (length) => {
      if (length === whole) return { first: delay + DECODER_DELAY, last };
      if (length === whole - DECODER_DELAY) return { first: delay, last };
      return { first: 0, last: 0 };
    };
  }
  const note = head ? byNote(bytes, head) : null;
  if (!note) return () => ({ first: 0, last: 0 });
  const { delay, padding, samples } = note;
  return (length) => (length === samples + delay + padding ? { first: delay, last: padding } : { first: 0, last: 0 });
}
