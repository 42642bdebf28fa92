/**
 * The worker: reads wav, mixes, resamples, and runs the model, so that the page stays free.
 *
 * Messages in, by type: "warm" (open a model and run it once), "song" (classify), "peaks" (the waveform alone),
 * "cancel". Out, with the id of the task: "signal", "progress" and "part" on the way, then "done" or "error".
 */

import * as ort from "../vendor/ort.wasm.bundle.min.mjs";
import { excerptBounds } from "./core/excerpts.js";
import { Resampler } from "./core/resample.js";
import { readWav } from "./core/wav.js";

ort.env.wasm.numThreads = 1;
ort.env.wasm.wasmPaths = { wasm: new URL("../vendor/ort-wasm-simd-threaded.wasm", import.meta.url).href };
ort.env.logLevel = "error";

const PEAKS = 1600;
const sessions = new Map();
const cancelled = new Set();

class Refusal extends Error {
  constructor(code, detail = {}) {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

async function session(url) {
  if (!sessions.has(url)) {
    const opened = ort.InferenceSession.create(url, { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
    sessions.set(url, opened);
    opened.catch(() => sessions.delete(url));
  }
  return sessions.get(url);
}

/** Lets messages (a cancel) in. */
const breathe = () => new Promise((resolve) => setTimeout(resolve));

/** Envelope for the waveform: the loudest sample of each of `PEAKS` stretches. */
function envelope(samples) {
  const peaks = new Float32Array(Math.min(PEAKS, samples.length));
  for (let i = 0; i < peaks.length; i++) {
    const from = Math.floor((i * samples.length) / peaks.length);
    const to = Math.max(from + 1, Math.floor(((i + 1) * samples.length) / peaks.length));
    peaks[i] = peakOf(samples.subarray(from, to));
  }
  return peaks;
}

function peakOf(samples) {
  let top = 0;
  for (let k = 0; k < samples.length; k++) if (Math.abs(samples[k]) > top) top = Math.abs(samples[k]);
  return top;
}

function rows(tensor) {
  const width = tensor.dims.at(-1);
  const data = tensor.data;
  return Array.from({ length: data.length / width }, (_, k) => Array.from(data.subarray(k * width, (k + 1) * width)));
}

/** Mono samples at the file's own rate. */
function signal(message) {
  if (message.wav) {
    const wav = readWav(message.wav);
    if (!wav) throw new Refusal("wav-form");
    return wav;
  }
  return { samples: message.samples, sampleRate: message.sampleRate };
}

async function song(message) {
  const { id, config, modelUrl, graph, rule } = message;
  const { samples, sampleRate } = signal(message);
  message.wav = message.samples = null;
  const durationS = samples.length / sampleRate;
  if (samples.length === 0) throw new Refusal("empty");
  const peaks = envelope(samples);
  if (!samples.every(Number.isFinite)) throw new Refusal("not-audio");
  postMessage({ id, type: "signal", peaks, durationS });
  if (durationS < config.min_duration_s) throw new Refusal("too-short", { seconds: config.min_duration_s });

  const resampler = new Resampler(sampleRate, config.sample_rate);
  const bounds = excerptBounds(resampler.length(samples.length), rule, config.sample_rate);
  postMessage({ id, type: "progress", stage: "load" });
  const model = await session(modelUrl);
  postMessage({ id, type: "progress", stage: "model", done: 0, total: bounds.length });
  let heard = 0;
  for (const [k, { start, end }] of bounds.entries()) {
    await breathe();
    if (cancelled.delete(id)) throw new Refusal("cancelled");
    const excerpt = resampler.range(samples, start, end);
    if (peakOf(excerpt) < config.silence_peak) {
      postMessage({ id, type: "progress", stage: "model", done: k + 1, total: bounds.length });
      continue; // silent excerpts are passed over
    }
    heard += 1;
    const output = await model.run({ samples: new ort.Tensor("float32", excerpt, [1, excerpt.length]) });
    const part = { id, type: "part", bounds: { start, end } };
    if (graph === "model") {
      part.probabilities = rows(output.probabilities)[0];
      part.segments = rows(output.segment_probabilities);
    } else {
      part.features = Object.fromEntries(
        config.head_inputs.map((name) => {
          const tensor = output[name === "mfcc" ? "segments" : name];
          return [name, { dims: tensor.dims, data: new Float32Array(tensor.data) }];
        }),
      );
    }
    for (const tensor of Object.values(output)) tensor.dispose?.();
    postMessage(part);
    postMessage({ id, type: "progress", stage: "model", done: k + 1, total: bounds.length });
  }
  if (heard === 0) throw new Refusal("silent");
  postMessage({ id, type: "done", durationS });
}

async function warm({ id, modelUrl, sampleRate }) {
  const model = await session(modelUrl);
  const second = new Float32Array(sampleRate).map((_, i) => Math.sin(i / 7) / 2);
  const output = await model.run({ samples: new ort.Tensor("float32", second, [1, second.length]) });
  for (const tensor of Object.values(output)) tensor.dispose?.();
  postMessage({ id, type: "done" });
}

function peaks(message) {
  const { samples, sampleRate } = signal(message);
  postMessage({ id: message.id, type: "signal", peaks: envelope(samples), durationS: samples.length / sampleRate });
  postMessage({ id: message.id, type: "done" });
}

const TASKS = { warm, song, peaks };

// One task at a time; a cancel gets in between two excerpts.
let queue = Promise.resolve();

addEventListener("message", ({ data }) => {
  if (data.type === "cancel") {
    cancelled.add(data.id);
    return;
  }
  queue = queue.then(async () => {
    try {
      if (cancelled.delete(data.id)) throw new Refusal("cancelled");
      await TASKS[data.type](data);
    } catch (error) {
      const known = error instanceof Refusal;
      const code = known ? error.code : "model-failed";
      postMessage({ id: data.id, type: "error", code, detail: known ? error.detail : { reason: String(error?.message ?? error) } });
    } finally {
      cancelled.delete(data.id);
    }
  });
});
