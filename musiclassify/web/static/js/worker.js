/**
 * The worker: reads wav and aiff, mixes, resamples, and runs the model, so that the page stays free.
 *
 * Messages in, by type: "warm" (open a model and run it once), "song" (classify), "peaks" (the waveform alone), "why"
 * (what the answer for a few seconds rests on), "cancel". Out, with the id of the task: "signal", "progress", "draft" (a light model's answer for an excerpt that
 * the chosen one has yet to hear) and "part" on the way, then "done" or "error".
 */

import * as ort from "../vendor/ort.wasm.bundle.min.mjs";
import { isAiff, readAiff } from "./core/aiff.js";
import { draftPays } from "./core/draft.js";
import { Attention, plan } from "./core/effort.js";
import { excerptBounds } from "./core/excerpts.js";
import { Heard } from "./core/heard.js";
import { Resampler } from "./core/resample.js";
import { readWav } from "./core/wav.js";
import { occlude, spectrogram } from "./core/why.js";

const CORES = navigator.hardwareConcurrency || 1;
const THREADS = self.crossOriginIsolated ? Math.min(4, Math.ceil(CORES / 2)) : 1; // they wait by spinning: half of the cores stay free
ort.env.wasm.numThreads = THREADS;
ort.env.wasm.wasmPaths = { wasm: new URL("../vendor/ort-wasm-simd-threaded.wasm", import.meta.url).href };
ort.env.logLevel = "error";

const PEAKS = 1600;
const DRAFTED = 6; // excerpts that a light model hears first
const sessions = new Map();
const costs = new Map(); // milliseconds a second of sound, by model
const ready = new Set(); // models that are open
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
    opened.then(() => ready.add(url), () => sessions.delete(url));
  }
  return sessions.get(url).catch(() => {
    throw new Refusal("model-missing");
  });
}

/** Run a model on mono samples; how long it takes is remembered. */
async function ask(url, samples, rate) {
  const model = await session(url);
  const begun = performance.now();
  const output = await model.run({ samples: new ort.Tensor("float32", samples, [1, samples.length]) });
  const cost = (performance.now() - begun) / (samples.length / rate);
  costs.set(url, Math.min(cost, costs.get(url) ?? Infinity));
  return output;
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
    const wav = isAiff(message.wav) ? readAiff(message.wav) : readWav(message.wav);
    if (!wav) throw new Refusal("wav-form");
    return wav;
  }
  return { samples: message.samples, sampleRate: message.sampleRate };
}

/** Up to `most` of the bounds, spread evenly. */
const spread = (bounds, most) => bounds.filter((_, k) => Math.floor((k * most) / bounds.length) !== Math.floor(((k - 1) * most) / bounds.length) || bounds.length <= most);

/** Hear some pieces of a song one after the other, until `enough` of them were heard. */
async function hear(pieces, { id, url, config, cut, onHeard, onStep = () => {}, enough = () => false }) {
  for (const [k, piece] of pieces.entries()) {
    await breathe();
    if (cancelled.delete(id)) throw new Refusal("cancelled");
    if (k > 0 && enough()) return;
    const output = await ask(url, cut(piece), config.sample_rate);
    onHeard(piece, output);
    for (const tensor of Object.values(output)) tensor.dispose?.();
    onStep(k + 1);
  }
}

/** What `plan` asks about a sound; stretches are in samples at the model's rate, and heard at the sound's own. */
function ears(samples, sampleRate, config) {
  const { sample_rate: rate, features, silence_peak: silence } = config;
  const part = (start, end) => samples.subarray(Math.floor((start * sampleRate) / rate), Math.ceil((end * sampleRate) / rate));
  return {
    segment: Math.round(features.segment_s * rate),
    hop: Math.round(features.segment_hop_s * rate),
    loud: (start, end) => part(start, end).some((value) => Math.abs(value) >= silence),
    loudest: (start, end) => {
      const stretch = part(start, end);
      let best = 0;
      for (let k = 1; k < stretch.length; k++) if (Math.abs(stretch[k]) > Math.abs(stretch[best])) best = k;
      return start + Math.floor((best * rate) / sampleRate);
    },
  };
}

const answered = (output, config) => ({
  probabilities: rows(output.probabilities)[0],
  segments: rows(output.segment_probabilities),
  sounds: output.sounds ? rows(output.sounds)[0] : null,
  heard: heardIn(output.summary, config),
});

/** Tags and embedding of an excerpt; null for models that have none. */
function heardIn(summary, { statistics }) {
  const heard = new Heard(statistics ?? []);
  return summary && heard.there ? heard.of(rows(summary)) : null;
}

function features(output, config) {
  const named = config.head_inputs.map((name) => {
    const tensor = output[name === "mfcc" ? "segments" : name];
    return [name, { dims: tensor.dims, data: new Float32Array(tensor.data) }];
  });
  return { features: Object.fromEntries(named), heard: heardIn(output.summary, config) };
}

async function song(message) {
  const { id, config, modelUrl, graph, rule, effort, draft } = message;
  const { samples, sampleRate, declaredS = null } = signal(message);
  message.wav = message.samples = null;
  const durationS = samples.length / sampleRate;
  if (samples.length === 0) throw new Refusal("empty");
  const peaks = envelope(samples);
  if (!samples.every(Number.isFinite)) throw new Refusal("not-audio");
  postMessage({ id, type: "signal", peaks, durationS });
  if (durationS < config.min_duration_s) throw new Refusal("too-short", { seconds: config.min_duration_s });

  const resampler = new Resampler(sampleRate, config.sample_rate);
  const bounds = excerptBounds(resampler.length(samples.length), rule, config.sample_rate);
  const cut = ({ start, end }) => resampler.range(samples, start, end);
  const { pieces, of, whole } = plan(bounds, effort, ears(samples, sampleRate, config));
  if (pieces.length === 0) throw new Refusal("silent");
  const total = pieces.length;
  const takes = (url) => (costs.get(url) ?? Infinity) * (pieces.reduce((sum, { start, end }) => sum + end - start, 0) / config.sample_rate);
  if (draft && draftPays({ chosenMs: takes(modelUrl), lightMs: takes(draft.modelUrl) })) {
    const waited = !costs.has(modelUrl);
    session(modelUrl).catch(() => {}); // comes over the net meanwhile
    postMessage({ id, type: "progress", stage: "draft" });
    const onHeard = (bound, output) => postMessage({ id, type: "draft", bounds: bound, ...answered(output, draft.config) });
    const enough = () => waited && ready.has(modelUrl);
    await hear(spread(pieces, DRAFTED), { id, url: draft.modelUrl, config: draft.config, cut, onHeard, enough });
  }
  if (!costs.has(modelUrl)) postMessage({ id, type: "progress", stage: "load" });
  await session(modelUrl);
  postMessage({ id, type: "progress", stage: "model", done: 0, total });
  const attention = new Attention(config, effort, rule.vote);
  let heardS = 0;
  await hear(pieces, {
    id,
    url: modelUrl,
    config,
    cut,
    enough: () => !whole && attention.settled(of),
    onHeard: (piece, output) => {
      heardS += (piece.end - piece.start) / config.sample_rate;
      if (graph !== "model") return postMessage({ id, type: "part", bounds: piece, ...features(output, config) });
      const part = answered(output, config);
      attention.hear(part.probabilities, piece.end - piece.start, part.sounds?.[0]);
      postMessage({ id, type: "part", bounds: piece, ...part });
    },
    onStep: (done) => postMessage({ id, type: "progress", stage: "model", done, total }),
  });
  postMessage({ id, type: "done", durationS, declaredS, heardS, rows: whole ? null : attention.rows() });
}

async function warm({ id, modelUrl, sampleRate }) {
  const some = new Float32Array(5 * sampleRate).map((_, i) => Math.sin(i / 7) / 2);
  for (let k = 0; k < 2; k++) {
    const output = await ask(modelUrl, some, sampleRate); // the first run of a graph takes longer
    for (const tensor of Object.values(output)) tensor.dispose?.();
    await breathe();
  }
  postMessage({ id, type: "done" });
}

function peaks(message) {
  const { samples, sampleRate } = signal(message);
  postMessage({ id: message.id, type: "signal", peaks: envelope(samples), durationS: samples.length / sampleRate });
  postMessage({ id: message.id, type: "done" });
}

/** What the answer for a few seconds rests on. */
async function why(message) {
  const { id, config, modelUrl, genre, startS, endS } = message;
  const { samples, sampleRate } = signal(message);
  const resampler = new Resampler(sampleRate, config.sample_rate);
  const end = Math.min(Math.round(endS * config.sample_rate), resampler.length(samples.length));
  const excerpt = resampler.range(samples, Math.min(end - 1, Math.round(startS * config.sample_rate)), end);
  const column = config.labels.indexOf(genre);
  let heard = null;
  const one = async (sound) => {
    const output = await ask(modelUrl, sound, config.sample_rate);
    heard ??= heardIn(output.summary, config);
    const p = output.probabilities.data[column];
    for (const tensor of Object.values(output)) tensor.dispose?.();
    return p;
  };
  const step = async (done, total) => {
    postMessage({ id, type: "progress", done, total });
    await breathe();
    if (cancelled.delete(id)) throw new Refusal("cancelled");
  };
  const found = await occlude(excerpt, config.sample_rate, one, step);
  postMessage({ id, type: "done", found: { ...found, heard, picture: spectrogram(excerpt, config.sample_rate) } });
}

const TASKS = { warm, song, peaks, why };

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
