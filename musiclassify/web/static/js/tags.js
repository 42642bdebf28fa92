/** Title, artist and cover as a song's own tags tell them: ID3v2, Vorbis comments, MP4. Read here, sent nowhere. */

const HEAD = 1 << 20; // bytes; tags stand at the start but for some MP4s
const latin1 = new TextDecoder("latin1");
const utf8 = new TextDecoder("utf-8");

const word = (bytes, at, n) => latin1.decode(bytes.subarray(at, at + n));
const u32 = (bytes, at) => ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0;
const u32le = (bytes, at) => ((bytes[at + 3] << 24) | (bytes[at + 2] << 16) | (bytes[at + 1] << 8) | bytes[at]) >>> 0;
const synchsafe = (bytes, at) => (bytes[at] << 21) | (bytes[at + 1] << 14) | (bytes[at + 2] << 7) | bytes[at + 3];

/** Text in one of ID3's four encodings, up to its first end. */
function id3Text(bytes) {
  const [encoding, rest] = [bytes[0], bytes.subarray(1)];
  if (encoding === 1 || encoding === 2) {
    const big = encoding === 2 || (rest[0] === 0xfe && rest[1] === 0xff);
    return new TextDecoder(big ? "utf-16be" : "utf-16le").decode(rest).split("\0")[0];
  }
  return (encoding === 3 ? utf8 : latin1).decode(rest).split("\0")[0];
}

/** An attached picture: encoding, kind of image, kind of picture, description, image. */
function id3Picture(bytes) {
  const mimeEnd = bytes.indexOf(0, 1);
  if (mimeEnd < 0) return null;
  const wide = bytes[0] === 1 || bytes[0] === 2;
  let at = mimeEnd + 2;
  while (at < bytes.length && (bytes[at] !== 0 || (wide && bytes[at + 1] !== 0))) at += wide ? 2 : 1;
  return bytes.subarray(at + (wide ? 2 : 1));
}

function id3(bytes) {
  const version = bytes[3];
  if (version < 3 || version > 4) return {};
  const end = Math.min(bytes.length, 10 + synchsafe(bytes, 6));
  const found = {};
  let at = 10 + (bytes[5] & 0x40 ? (version === 4 ? synchsafe(bytes, 10) : 4 + u32(bytes, 10)) : 0);
  while (at + 10 < end && bytes[at] !== 0) {
    const name = word(bytes, at, 4);
    const size = version === 4 ? synchsafe(bytes, at + 4) : u32(bytes, at + 4);
    const body = bytes.subarray(at + 10, Math.min(at + 10 + size, end));
    if (name === "TIT2") found.title = id3Text(body);
    else if (name === "TPE1") found.artist = id3Text(body);
    else if (name === "APIC" && at + 10 + size <= end) found.picture ??= id3Picture(body);
    at += 10 + size;
  }
  return found;
}

/** A Vorbis comment block: vendor, then NAME=value each with its length. */
function vorbis(bytes, at) {
  const found = {};
  let place = at + 4 + u32le(bytes, at);
  const count = Math.min(u32le(bytes, place), 1000);
  place += 4;
  for (let k = 0; k < count && place + 4 <= bytes.length; k++) {
    const size = u32le(bytes, place);
    const [name, value] = utf8.decode(bytes.subarray(place + 4, place + 4 + Math.min(size, 1000))).split(/=(.*)/s);
    if (/^title$/i.test(name)) found.title ??= value;
    if (/^artist$/i.test(name)) found.artist ??= value;
    place += 4 + size;
  }
  return found;
}

function flac(bytes) {
  const found = {};
  for (let at = 4; at + 4 < bytes.length; ) {
    const [kind, last, size] = [bytes[at] & 0x7f, bytes[at] & 0x80, u32(bytes, at) & 0xffffff];
    const body = at + 4;
    if (kind === 4) Object.assign(found, vorbis(bytes, body));
    if (kind === 6 && body + size <= bytes.length) {
      const mime = u32(bytes, body + 4);
      const text = u32(bytes, body + 8 + mime);
      found.picture ??= bytes.subarray(body + 8 + mime + 4 + text + 20, body + size);
    }
    if (last) break;
    at = body + size;
  }
  return found;
}

function ogg(bytes) {
  for (const mark of ["\u0003vorbis", "OpusTags"]) {
    const at = latin1.decode(bytes.subarray(0, 65536)).indexOf(mark);
    if (at >= 0) return vorbis(bytes, at + mark.length);
  }
  return {};
}

/** The boxes of an MP4 between two places: [name, start, end] of their bodies. */
function* boxes(bytes, from, to) {
  for (let at = from; at + 8 <= to; ) {
    const size = u32(bytes, at);
    if (size < 8) return;
    yield [word(bytes, at + 4, 4), at + 8, Math.min(at + size, to)];
    at += size;
  }
}

function mp4(bytes) {
  const found = {};
  const inside = { moov: 0, udta: 0, meta: 4, ilst: 0 };
  const walk = (from, to) => {
    for (const [name, start, end] of boxes(bytes, from, to)) {
      if (name in inside) walk(start + inside[name], end);
      const value = bytes.subarray(start + 16, end);
      if (name === "\xa9nam") found.title = utf8.decode(value);
      if (name === "\xa9ART") found.artist = utf8.decode(value);
      if (name === "covr") found.picture ??= value;
    }
  };
  walk(0, bytes.length);
  return found;
}

/** A small picture of a cover as a data address; null where it is none. */
async function small(picture) {
  const bitmap = await createImageBitmap(new Blob([picture]), { resizeWidth: 112, resizeHeight: 112, resizeQuality: "medium" });
  const canvas = Object.assign(document.createElement("canvas"), { width: 112, height: 112 });
  canvas.getContext("2d").drawImage(bitmap, 0, 0);
  return canvas.toDataURL("image/jpeg", 0.8);
}

/**
 * @param {Uint8Array} bytes of the file, from its start
 * @returns {{title?: string, artist?: string, picture?: Uint8Array}}
 */
export function parseTags(bytes) {
  const head = word(bytes, 0, 4);
  if (head.startsWith("ID3")) return id3(bytes);
  if (head === "fLaC") return flac(bytes);
  if (head === "OggS") return ogg(bytes);
  return word(bytes, 4, 4) === "ftyp" ? mp4(bytes) : {};
}

/** @returns {Promise<{title: string, artist: string, cover: string | null} | null>} null where there are none */
export async function readTags(file) {
  if (!file) return null;
  const whole = /\.(m4a|m4b|mp4)$/i.test(file.name) ? file : file.slice(0, HEAD);
  const { title, artist, picture } = parseTags(new Uint8Array(await whole.arrayBuffer()));
  const clean = (text) => (text ?? "").replace(/[\p{C}]+/gu, " ").trim().slice(0, 200);
  const cover = picture?.length > 100 ? await small(picture).catch(() => null) : null;
  return title || artist || cover ? { title: clean(title), artist: clean(artist), cover } : null;
}
