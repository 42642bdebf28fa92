/** RIFF/WAVE reading, so that the samples are those libsndfile gives on the server. */

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

function tag(view, at) {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/** True when the bytes begin like a WAVE file. */
export function isWav(buffer) {
  if (buffer.byteLength < 12) return false;
  const view = new DataView(buffer);
  return tag(view, 0) === "RIFF" && tag(view, 8) === "WAVE";
}

function layout(buffer) {
  const view = new DataView(buffer);
  let format = null;
  let at = 12;
  while (at + 8 <= view.byteLength) {
    const name = tag(view, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === "fmt " && body + 16 <= view.byteLength) {
      let code = view.getUint16(body, true);
      if (code === EXTENSIBLE && size >= 40 && body + 26 <= view.byteLength) code = view.getUint16(body + 24, true);
      format = {
        code,
        channels: view.getUint16(body + 2, true),
        sampleRate: view.getUint32(body + 4, true),
        bits: view.getUint16(body + 14, true),
      };
    } else if (name === "data") {
      if (!format) return null;
      const bytes = Math.min(size, view.byteLength - body);
      return { ...format, at: body, bytes, said: size };
    }
    at = body + size + (size % 2);
  }
  return null;
}

const READERS = {
  [`${PCM}-8`]: (view, at) => (view.getUint8(at) - 128) / 128,
  [`${PCM}-16`]: (view, at) => view.getInt16(at, true) / 32768,
  [`${PCM}-24`]: (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 8388608,
  [`${PCM}-32`]: (view, at) => view.getInt32(at, true) / 2147483648,
  [`${FLOAT}-32`]: (view, at) => view.getFloat32(at, true),
  [`${FLOAT}-64`]: (view, at) => view.getFloat64(at, true),
};

/**
 * Mono samples of a WAVE file at its own rate.
 *
 * @param {ArrayBuffer} buffer the whole file
 * @returns {{samples: Float32Array, sampleRate: number, declaredS: number | null} | null} `declaredS` is the length
 *   that the head says; null when this is not plain PCM or float
 */
export function readWav(buffer) {
  if (!isWav(buffer)) return null;
  const form = layout(buffer);
  if (!form || form.channels < 1 || form.sampleRate < 1) return null;
  const read = READERS[`${form.code}-${form.bits}`];
  if (!read) return null;
  const width = form.bits / 8;
  const frames = Math.floor(form.bytes / (width * form.channels));
  const view = new DataView(buffer);
  const samples = new Float32Array(frames);
  let at = form.at;
  for (let i = 0; i < frames; i++) {
    let sum = 0;
    for (let c = 0; c < form.channels; c++, at += width) sum += read(view, at);
    samples[i] = sum / form.channels;
  }
  const streamed = form.said >= 0xfffffff0; // a length that was never filled in
  const declaredS = streamed ? null : form.said / (width * form.channels * form.sampleRate);
  return { samples, sampleRate: form.sampleRate, declaredS };
}
