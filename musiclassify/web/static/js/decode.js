/** From a file to mono samples at its own rate, by the browser's own decoder. */

import { isAiff } from "./core/aiff.js";
import { mp3Ends } from "./core/mp3.js";
import { sniff } from "./core/sniff.js";
import { isWav } from "./core/wav.js";
import { Problem } from "./problem.js";

const CHUNK = 1 << 20;
const pause = () => new Promise((resolve) => setTimeout(resolve));

/** Mean of the channels, in pieces so that the page stays free. */
async function mix(buffer) {
  const channels = Array.from({ length: buffer.numberOfChannels }, (_, c) => buffer.getChannelData(c));
  const mono = new Float32Array(buffer.length);
  for (let from = 0; from < mono.length; from += CHUNK) {
    const to = Math.min(from + CHUNK, mono.length);
    for (let i = from; i < to; i++) {
      let sum = 0;
      for (const channel of channels) sum += channel[i];
      mono[i] = sum / channels.length;
    }
    await pause();
  }
  return mono;
}

/** Seconds of a sound as the browser's player tells them; null where it cannot. */
function lengthOf(file) {
  return new Promise((resolve) => {
    const url = URL.createObjectURL(file);
    const player = new Audio();
    const finish = (value) => {
      clearTimeout(timer);
      player.removeAttribute("src");
      URL.revokeObjectURL(url);
      resolve(value);
    };
    const timer = setTimeout(() => finish(null), 3000);
    player.preload = "metadata";
    player.addEventListener("loadedmetadata", () => finish(Number.isFinite(player.duration) ? player.duration : null));
    player.addEventListener("error", () => finish(null));
    player.src = url;
  });
}

/**
 * @param {File} file
 * @param {{maxDurationS: number}} limits longer songs would not fit into the browser's memory
 * @returns {Promise<{wav: ArrayBuffer} | {samples: Float32Array, sampleRate: number}>} a wav or aiff is read by the
 *   worker; `declaredS` beside them is the length that the file says it has, null where it does not
 */
export async function decode(file, { maxDurationS }) {
  if (file.size === 0) throw new Problem("empty");
  const seconds = await lengthOf(file);
  if (seconds !== null && seconds > maxDurationS) throw new Problem("too-long", { minutes: maxDurationS / 60 });
  let buffer;
  try {
    buffer = await file.arrayBuffer();
  } catch {
    throw new Problem("unreadable");
  }
  if (isWav(buffer) || isAiff(buffer)) return { wav: buffer, declaredS: seconds };
  return { ...(await decodeByBrowser(buffer)), declaredS: seconds };
}

/** Compressed sound, and wav in a coding that the worker does not read. */
export async function decodeByBrowser(buffer) {
  const { container, sampleRate } = sniff(buffer);
  const ends = container === "mpeg" ? mp3Ends(buffer) : null; // before: decoding takes the bytes away
  let decoded;
  try {
    decoded = await context(sampleRate ?? 44100).decodeAudioData(buffer);
  } catch {
    throw new Problem("not-audio");
  }
  const samples = await mix(decoded);
  const { first, last } = ends?.(samples.length) ?? { first: 0, last: 0 };
  return { samples: first || last ? samples.slice(first, samples.length - last) : samples, sampleRate: decoded.sampleRate };
}

function context(rate) {
  try {
    return new OfflineAudioContext(1, 1, rate);
  } catch {
    return new OfflineAudioContext(1, 1, 44100); // a rate this browser does not know
  }
}
