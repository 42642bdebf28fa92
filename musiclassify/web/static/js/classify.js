/** The three ways from a file to an answer: in this browser, features only, upload. */

import { excerptAnswer, settledAnswers, songAnswer } from "./core/answer.js";
import { effortOf } from "./core/effort.js";
import { Heard } from "./core/heard.js";
import { decode, decodeByBrowser } from "./decode.js";
import { Problem } from "./problem.js";

const PARTS_A_REQUEST = 6; // excerpts sent at a time: some 3 MB of JSON
const BROWSER_MAX_S = 45 * 60;

export class Classifier {
  /** @param {object} site what site.json says */
  constructor(site) {
    this.site = site;
    this.configs = new Map();
    this.handlers = new Map();
    this.next = 1;
    this.worker = null;
  }

  #start() {
    if (this.worker) return;
    this.worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    this.worker.addEventListener("message", ({ data }) => this.handlers.get(data.id)?.(data));
    this.worker.addEventListener("error", (event) => {
      event.preventDefault();
      for (const handler of [...this.handlers.values()]) handler({ type: "error", code: "worker-failed", detail: {} });
      this.worker?.terminate();
      this.worker = null;
    });
  }

  modelUrl(name, file) {
    return new URL(`models/${encodeURIComponent(name)}/${file}`, document.baseURI).href;
  }

  async config(name) {
    if (!this.configs.has(name)) {
      const answer = await fetch(this.modelUrl(name, "config.json")).catch(() => null);
      if (!answer?.ok) throw new Problem("model-missing", { name });
      this.configs.set(name, await answer.json());
    }
    return this.configs.get(name);
  }

  /** Fetch a model and run it once, so that the first song does not wait for it. */
  async warm(name, way) {
    if (way === "upload") return;
    const config = await this.config(name);
    const draft = await this.#draft(config, way);
    if (draft) await this.#task({ type: "warm", modelUrl: draft.modelUrl, sampleRate: config.sample_rate });
    const graph = way === "features" ? "frontend" : "model";
    await this.#task({ type: "warm", modelUrl: this.modelUrl(name, config.graphs[graph]), sampleRate: config.sample_rate });
  }

  /** Run one task of the worker's; `onMessage` gets what it says on the way. */
  #task(message, { signal, transfer = [], onMessage = () => {} } = {}) {
    this.#start();
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const cancel = () => this.worker?.postMessage({ type: "cancel", id });
      const finish = (act, value) => {
        this.handlers.delete(id);
        signal?.removeEventListener("abort", cancel);
        act(value);
      };
      this.handlers.set(id, (data) => {
        if (data.type === "done") finish(resolve, data);
        else if (data.type === "error") finish(reject, new Problem(data.code, data.detail));
        else onMessage(data);
      });
      signal?.addEventListener("abort", cancel);
      this.worker.postMessage({ ...message, id }, transfer);
    });
  }

  /**
   * Classify one file.
   *
   * @param {File} file
   * @param {object} options way, model, vote, effort; signal (AbortSignal); onProgress({stage, done, total});
   *   onSignal({peaks, durationS}) as soon as the waveform is known; onPart(excerpt) as excerpts are answered;
   *   onDraft(excerpt) as a light model answers those that are yet to come
   * @returns {Promise<object>} the answer, as the API gives it; `instead_of` names the model that could not be had where
   *   the light one stands in for it
   */
  async classify(file, options) {
    if (options.way === "upload") return this.#upload(file, options);
    try {
      return await this.#here(file, options);
    } catch (error) {
      const light = this.site.fast;
      if (error.code !== "model-missing" || options.way !== "browser" || options.model === light) throw error;
      return { ...(await this.#here(file, { ...options, model: light })), instead_of: options.model }; // no network
    }
  }

  /** The light model that answers first where the chosen one takes longer, if it knows the same genres. */
  async #draft(config, way) {
    if (way !== "browser" || this.site.fast === config.name) return null;
    const light = await this.config(this.site.fast);
    const same = light.sample_rate === config.sample_rate && light.labels.join() === config.labels.join();
    return same ? { config: light, modelUrl: this.modelUrl(light.name, light.graphs.model) } : null;
  }

  async #here(file, { way, model, vote, effort: wanted, signal, onProgress, onSignal, onPart, onDraft }) {
    onProgress({ stage: "decode" });
    const config = await this.config(model);
    const rule = { ...config.rule, vote: vote ?? config.rule.vote };
    const graph = way === "features" ? "frontend" : "model";
    const effort = effortOf(config, this.site.efforts, way === "features" ? "full" : wanted); // features are sent whole
    const draft = await this.#draft(config, way);
    const excerpts = [];
    const heard = [];
    const parts = [];
    let sent = Promise.resolve();
    let failed = null;
    const arrive = (excerpt) => {
      excerpts.push(excerpt);
      onPart(excerpt);
    };
    const send = () => {
      const batch = parts.splice(0, PARTS_A_REQUEST);
      sent = sent
        .then(() => this.#sendFeatures(config, batch, signal))
        .then((answered) => answered.forEach(arrive))
        .catch((error) => (failed ??= error));
    };
    const onMessage = (data) => {
      if (data.type === "signal") onSignal(data);
      else if (data.type === "progress") onProgress(data);
      else if (data.type === "draft") onDraft(excerptAnswer(draft.config, data.bounds, data.probabilities, data.segments, data.sounds));
      else if (graph === "model") {
        heard.push(data.heard);
        arrive(excerptAnswer(config, data.bounds, data.probabilities, data.segments, data.sounds));
      }
      else {
        heard.push(data.heard);
        parts.push(data);
        if (parts.length === PARTS_A_REQUEST) send();
      }
    };
    const run = async (sound) => {
      if (signal?.aborted) throw new Problem("cancelled");
      const transfer = [sound.wav ?? sound.samples.buffer];
      const message = { type: "song", config, rule, graph, effort, draft, modelUrl: this.modelUrl(model, config.graphs[graph]), ...sound };
      return this.#task(message, { signal, transfer, onMessage });
    };
    const sound = await decode(file, { maxDurationS: BROWSER_MAX_S });
    let done;
    try {
      done = await run(sound);
    } catch (error) {
      if (error.code !== "wav-form") throw error;
      done = await run(await decodeByBrowser(await file.arrayBuffer())); // a wav in a rarer coding
    }
    if (parts.length) send();
    await sent;
    if (failed) throw failed;
    const settled = done.rows ? settledAnswers(config, excerpts, done.rows) : excerpts;
    const skippedS = done.durationS > rule.skip_if_longer_than_s ? rule.skip_s : 0;
    const said = { effort: effort.name, heard_s: done.heardS, ...(done.rows ? { skipped_s: skippedS } : {}) };
    const answer = { ...songAnswer(config, settled, { durationS: done.durationS, vote: rule.vote, heard, tags: this.site.tags }), ...said };
    const declaredS = done.declaredS ?? sound.declaredS ?? 0;
    return declaredS - done.durationS > Math.max(1, 0.02 * declaredS) ? { ...answer, declared_s: declaredS } : answer;
  }

  /** The waveform alone. */
  async peaks(file) {
    const sound = await decode(file, { maxDurationS: BROWSER_MAX_S });
    let peaks = null;
    await this.#task({ type: "peaks", ...sound }, { transfer: [sound.wav ?? sound.samples.buffer], onMessage: (data) => (peaks = data.peaks) });
    return peaks;
  }

  /**
   * What the answer for a few seconds of a song rests on, asked of the model in this browser.
   *
   * @param {File} file
   * @param {{model: string, genre: string, startS: number, endS: number, signal: AbortSignal,
   *   onProgress: (done: number, total: number) => void}} options
   * @returns {Promise<object>} see core/why.js; moods beside it
   */
  async why(file, { model, onProgress, signal, ...asked }) {
    const config = await this.config(model);
    const run = async (sound) => {
      if (signal?.aborted) throw new Problem("cancelled");
      const message = { type: "why", config, modelUrl: this.modelUrl(model, config.graphs.model), ...asked, ...sound };
      return this.#task(message, { signal, transfer: [sound.wav ?? sound.samples.buffer], onMessage: ({ done, total }) => onProgress(done, total) });
    };
    const sound = await decode(file, { maxDurationS: BROWSER_MAX_S });
    const { found } = await run(sound).catch(async (error) => {
      if (error.code !== "wav-form") throw error;
      return run(await decodeByBrowser(await file.arrayBuffer()));
    });
    return { ...found, moods: found.heard ? new Heard(config.statistics).moods(found.heard, this.site.tags) : {} };
  }

  async #sendFeatures(config, parts, signal) {
    const body = featureDocument(config, parts);
    const answer = await this.#request("classify-features", {
      signal,
      make: () => ({ body, headers: { "Content-Type": "application/json" } }),
    });
    return answer.excerpts;
  }

  async #upload(file, { model, vote, effort, signal, onProgress }) {
    const limit = this.site.server.max_upload_bytes;
    if (file.size === 0) throw new Problem("empty");
    if (file.size > limit) throw new Problem("too-large", { megabytes: Math.floor(limit / 2 ** 20) });
    onProgress({ stage: "upload", done: 0, total: 1 });
    return this.#request("classify", {
      signal,
      onProgress,
      make: () => {
        const body = new FormData();
        body.append("file", file, "song"); // the name stays here
        body.append("model", model);
        body.append("with_embedding", "true");
        if (vote) body.append("vote", vote);
        if (effort) body.append("effort", effort);
        return { body, headers: {} };
      },
    });
  }

  /** POST to the API; waits and tries again while the server says that it is busy. */
  async #request(path, { make, signal, onProgress = () => {} }) {
    const url = new URL(`${this.site.server.api}/${path}`, document.baseURI).href;
    for (let attempt = 1; ; attempt++) {
      const { status, retryAfter, document: said } = await post(url, make(), signal, onProgress);
      if (status === 200 && said) return said;
      if (status === 503 && attempt < 6) {
        onProgress({ stage: "busy" });
        await wait((retryAfter || 2) * 1000, signal);
        continue;
      }
      throw new Problem(said?.code ?? (status === 413 ? "too-large" : "server-failed"), { detail: said?.detail ?? "", status });
    }
  }
}

/** The features of some excerpts as JSON text; seven digits are more than the sound has. */
function featureDocument(config, parts) {
  const rate = config.sample_rate;
  const matrix = (data, dims, at) => {
    if (dims.length === 1) return `[${Array.from(data.subarray(at, at + dims[0]), digits).join(",")}]`;
    const step = dims.slice(1).reduce((a, b) => a * b, 1);
    return `[${Array.from({ length: dims[0] }, (_, k) => matrix(data, dims.slice(1), at + k * step)).join(",")}]`;
  };
  const excerpts = parts.map(({ bounds, features }) => {
    const arrays = Object.entries(features).map(([name, { dims, data }]) => `"${name}":${matrix(data, dims, 0)}`);
    return `{"start_s":${bounds.start / rate},"duration_s":${(bounds.end - bounds.start) / rate},${arrays.join(",")}}`;
  });
  return `{"model":${JSON.stringify(config.name)},"excerpts":[${excerpts.join(",")}]}`;
}

const digits = (value) => String(Number(value.toPrecision(7)));

function wait(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new Problem("cancelled"));
    });
  });
}

function post(url, { body, headers }, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch does not tell how far an upload is
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) {
        const sent = event.loaded === event.total;
        onProgress(sent ? { stage: "server" } : { stage: "upload", done: event.loaded, total: event.total });
      }
    });
    request.addEventListener("load", () => {
      let said = null;
      try {
        said = JSON.parse(request.responseText);
      } catch {
        said = null;
      }
      resolve({ status: request.status, retryAfter: Number(request.getResponseHeader("Retry-After")), document: said });
    });
    request.addEventListener("error", () => reject(new Problem("offline")));
    request.addEventListener("abort", () => reject(new Problem("cancelled")));
    signal?.addEventListener("abort", () => request.abort());
    if (signal?.aborted) reject(new Problem("cancelled"));
    else request.send(body);
  });
}
