/** The songs on the page and what happens to them: one after the other they are classified. */

import { songAnswer } from "./core/answer.js";
import { cancelled, Problem } from "./problem.js";

const WORKING = ["waiting", "working"];

export const isWorking = (song) => WORKING.includes(song.state);

let next = 1;

/** A song: `file` is null for one that is known from before, whose sound is not kept. */
function newSong(file, wish, kept = {}) {
  const { name, size, lastModified } = file ?? kept;
  const plain = { state: "waiting", progress: { stage: "wait" }, parts: [], drafts: [], first: null, peaks: null, durationS: null, answer: null, problem: null, tookS: 0 };
  return { id: `${Date.now()}-${next++}`, file, name, size, lastModified, tags: null, known: new Map(), ...plain, ...wish, ...kept };
}

const key = ({ model, way, vote, effort }) => [model, way === "upload" ? "upload" : "here", vote, effort].join(" ");

export class Songs {
  /**
   * @param {object} parts classifier; wish() (way, model, vote and effort that are chosen now); store (see history.js);
   *   onList() when the list has changed, onSong(song, what) when a song has: "state", "progress" or "wave"
   */
  constructor({ classifier, wish, store, onList, onSong }) {
    Object.assign(this, { classifier, wish, store, onList, onSong });
    this.list = [];
    this.running = false;
  }

  get busy() {
    return this.list.some(isWorking);
  }

  /** Songs from an earlier visit. */
  recall(kept) {
    this.list.push(...kept.map((song) => newSong(null, {}, { ...song, state: "done" })));
    this.onList();
  }

  /** Take files in; one that is known gets its sound back. Returns their songs. */
  add(files) {
    const songs = [...files].map((file) => this.#returning(file) ?? newSong(file, this.wish()));
    for (const song of songs) if (!this.list.includes(song)) this.list.push(song);
    this.onList();
    this.#run();
    return songs;
  }

  #returning(file) {
    const song = this.list.find((other) => !other.file && other.name === file.name && other.size === file.size && other.lastModified === file.lastModified);
    if (!song) return null;
    song.file = file;
    song.known.set(key(song), song.answer);
    if (key(song) !== key(this.wish())) this.again(song);
    return song;
  }

  /** Ask anew, with what is chosen now; what is known already stands at once. */
  again(song) {
    if (!song.file) return;
    song.abort?.abort();
    const { id, file, tags, known, peaks, durationS, kept } = song;
    const fresh = newSong(file, this.wish());
    const answer = known.get(key(fresh)) ?? null;
    Object.assign(song, fresh, { id, tags, known, peaks, durationS, kept, answer, state: answer ? "done" : "waiting" });
    this.onSong(song, "state");
    this.onList();
    this.#run();
  }

  /** The choice has changed: every song whose sound is here is asked again. */
  againAll() {
    for (const song of this.list) if (key(song) !== key(this.wish())) this.again(song);
  }

  cancel(song) {
    if (song.state === "waiting") song.state = "cancelled";
    song.abort?.abort();
    this.onSong(song, "state");
    this.onList();
  }

  remove(song) {
    song.abort?.abort();
    this.list = this.list.filter((other) => other !== song);
    this.store.forget(song);
    this.onList();
  }

  clear() {
    for (const song of this.list) song.abort?.abort();
    this.list = [];
    this.store.clear();
    this.onList();
  }

  async #run() {
    if (this.running) return;
    this.running = true;
    for (let song = this.#waiting(); song; song = this.#waiting()) await this.#classify(song);
    this.running = false;
  }

  #waiting() {
    return this.list.find((song) => song.state === "waiting");
  }

  async #classify(song) {
    const abort = new AbortController();
    Object.assign(song, { state: "working", abort });
    const begun = performance.now();
    const asked = key(song);
    this.onSong(song, "state");
    this.onList();
    const outdated = () => song.abort !== abort; // it has been asked anew meanwhile
    try {
      const answer = await this.classifier.classify(song.file, this.#options(song, abort));
      if (abort.signal.aborted) throw new Problem("cancelled");
      song.peaks ??= await this.classifier.peaks(song.file).catch(() => null);
      if (outdated()) return;
      Object.assign(song, { answer, state: "done", tookS: (performance.now() - begun) / 1000 });
      if (!answer.instead_of) song.known.set(asked, answer);
      if (this.list.includes(song)) this.store.keep(song);
    } catch (error) {
      if (outdated()) return;
      song.answer = null;
      if (cancelled(error) || abort.signal.aborted) song.state = "cancelled";
      else {
        song.state = "error";
        song.problem = error instanceof Problem ? error : new Problem("other", { detail: String(error?.message ?? error) });
      }
    }
    if (!this.list.includes(song)) return;
    this.onSong(song, "state");
    this.onList();
  }

  #options(song, abort) {
    const live = (change, what) => (value) => {
      if (song.abort !== abort || abort.signal.aborted) return;
      change(value);
      this.onSong(song, what);
    };
    return {
      way: song.way,
      model: song.model,
      vote: song.vote,
      effort: song.effort,
      signal: abort.signal,
      onProgress: live((progress) => (song.progress = progress), "progress"),
      onSignal: live(({ peaks, durationS }) => Object.assign(song, { peaks, durationS }), "wave"),
      onDraft: live((part) => song.drafts.push(part), "wave"),
      onPart: live((part) => song.parts.push(part), "wave"),
    };
  }
}

/** What can be said while a song is still being heard: the parts that are there, drafts where there is none yet. */
export function estimate(song, config) {
  const rest = song.drafts.filter((draft) => !song.parts.some((part) => part.start_s === draft.start_s));
  const excerpts = [...song.parts, ...rest].sort((a, b) => a.start_s - b.start_s);
  if (excerpts.length === 0) return null;
  const answer = songAnswer(config, excerpts, { durationS: song.durationS, vote: song.vote });
  song.first ??= answer.genre;
  return answer;
}
