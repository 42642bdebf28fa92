/** AIFF, AIFF-C and Sun audio reading: sounds that libsndfile reads on the server and no browser decodes. */

const decoder = new TextDecoder("latin1");
const tag = (view, at) => decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, 4));

/** True when the bytes begin like an AIFF, an AIFF-C or a Sun audio file. */
export function isAiff(buffer) {
  if (buffer.byteLength < 24) return false;
  const view = new DataView(buffer);
  return tag(view, 0) === ".snd" || (tag(view, 0) === "FORM" && ["AIFF", "AIFC"].includes(tag(view, 8)));
}

/** An 80-bit float, as AIFF writes its sample rate. */
function extended(view, at) {
  const exponent = (view.getUint16(at) & 0x7fff) - 16383;
  return view.getUint32(at + 2) * 2 ** (exponent - 31) + view.getUint32(at + 6) * 2 ** (exponent - 63);
}

function aiffLayout(view) {
  const form = { code: "NONE", at: 0, bytes: 0 };
  for (let at = 12; at + 8 <= view.byteLength; ) {
    const [name, size, body] = [tag(view, at), view.getUint32(at + 4), at + 8];
    if (name === "COMM" && body + 18 <= view.byteLength) {
      Object.assign(form, { channels: view.getUint16(body), bits: view.getUint16(body + 6), sampleRate: extended(view, body + 8) });
      if (tag(view, 8) === "AIFC" && body + 22 <= view.byteLength) form.code = tag(view, body + 18);
    } else if (name === "SSND" && body + 8 <= view.byteLength) {
      form.at = body + 8 + view.getUint32(body);
      form.bytes = Math.max(0, Math.min(body + size, view.byteLength) - form.at);
    }
    at = body + size + (size % 2);
  }
  const floats = { fl32: "float32", FL32: "float32", fl64: "float64", FL64: "float64" };
  const kind = floats[form.code] ?? { NONE: "int", twos: "int", sowt: "int" }[form.code];
  return form.channels && kind ? { ...form, kind, little: form.code === "sowt", bits: { float32: 32, float64: 64 }[kind] ?? Math.ceil(form.bits / 8) * 8 } : null;
}

function auLayout(view) {
  const kinds = { 2: ["int", 8], 3: ["int", 16], 4: ["int", 24], 5: ["int", 32], 6: ["float32", 32], 7: ["float64", 64] };
  const [kind, bits] = kinds[view.getUint32(12)] ?? [];
  const at = view.getUint32(4);
  const said = view.getUint32(8);
  const there = Math.max(0, view.byteLength - at);
  return kind ? { kind, bits, at, bytes: Math.min(said, there), sampleRate: view.getUint32(16), channels: view.getUint32(20), little: false } : null;
}

function reader({ kind, bits, little }) {
  if (kind === "float32") return (view, at) => view.getFloat32(at);
  if (kind === "float64") return (view, at) => view.getFloat64(at);
  return {
    8: (view, at) => view.getInt8(at) / 128,
    16: (view, at) => view.getInt16(at, little) / 32768,
    24: (view, at) => (little ? (view.getInt8(at + 2) << 16) | view.getUint16(at, true) : (view.getInt8(at) << 16) | view.getUint16(at + 1)) / 8388608,
    32: (view, at) => view.getInt32(at, little) / 2147483648,
  }[bits];
}

/**
 * Mono samples at the file's own rate.
 *
 * @param {ArrayBuffer} buffer the whole file
 * @returns {{samples: Float32Array, sampleRate: number} | null} null when it is in a coding that is not read here
 */
export function readAiff(buffer) {
  if (!isAiff(buffer)) return null;
  const view = new DataView(buffer);
  const form = tag(view, 0) === ".snd" ? auLayout(view) : aiffLayout(view);
  const read = form && reader(form);
  if (!read || form.channels < 1 || !Number.isInteger(form.sampleRate) || form.sampleRate < 1) return null;
  const width = form.bits / 8;
  const samples = new Float32Array(Math.floor(form.bytes / (width * form.channels)));
  for (let i = 0, at = form.at; i < samples.length; i++) {
    let sum = 0;
    for (let c = 0; c < form.channels; c++, at += width) sum += read(view, at);
    samples[i] = sum / form.channels;
  }
  return { samples, sampleRate: form.sampleRate };
}
