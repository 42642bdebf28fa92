/** How much of a song is heard: the twin of musiclassify/released/effort.py and musiclassify/audio/looks.py. */

import { vote } from "./excerpts.js";
import { starts } from "./segments.js";

export const EFFORTS = ["fast", "normal", "full"];
export const DEFAULT = "normal";

/** The effort of a name: least and most looks (most 0: every excerpt whole), the margin that settles, and whether a song of one excerpt is heard whole. */
export function effortOf(config, defaults, name = DEFAULT) {
  if (!EFFORTS.includes(name)) throw new RangeError(`effort=${name} must be one of ${EFFORTS.join(", ")}`);
  if (name === "full") return { name, least: 0, most: 0, margin: 1 };
  const { least, most, margin, short_whole: shortWhole = false } = config.effort?.[name] ?? defaults[name];
  return { name, least, most, margin, shortWhole };
}

/** Order in which `count` things in a row are visited so that those visited are always spread over the row. */
export function spread(count) {
  const order = [];
  const gaps = [[0, count]];
  for (const [first, end] of gaps) {
    if (first >= end) continue;
    const middle = Math.floor((first + end) / 2);
    order.push(middle);
    gaps.push([first, middle], [middle + 1, end]);
  }
  return order;
}

/** Visit `count` looks: first every n-th, as many as there is `room` for, then those between, ever finer. */
export function order(count, room) {
  let stride = 1;
  while (Math.ceil(count / stride) > room) stride *= 2;
  const visited = spread(Math.ceil(count / stride)).map((at) => stride * at);
  while (stride > 1) {
    stride /= 2;
    visited.push(...spread(Math.floor(Math.ceil(count / stride) / 2)).map((at) => stride * (2 * at + 1)));
  }
  return visited;
}

/** The look around the loudest sample of an excerpt. */
function spare({ start, end }, { segment, loudest }) {
  const at = Math.min(Math.max(0, loudest(start, end) - start - Math.floor(segment / 2)), Math.max(0, end - start - segment));
  return { start: start + at, end: Math.min(start + at + segment, end) };
}

/**
 * What is to be heard: pieces {start, end} in samples of the song, in the order of hearing, of how many at most that there
 * are (`of`), and whether they are whole excerpts.
 *
 * @param {{start: number, end: number}[]} bounds of the excerpts
 * @param {{most: number, shortWhole?: boolean}} effort
 * @param {{segment: number, hop: number, loud: (start: number, end: number) => boolean, loudest: (start: number, end: number) => number}} how
 *   `loud` tells whether a stretch is no silence, `loudest` where its loudest sample is
 */
export function plan(bounds, effort, how) {
  const loud = ({ start, end }) => how.loud(start, end);
  if (effort.most === 0) {
    const pieces = bounds.filter(loud);
    return { pieces, of: pieces.length, whole: true };
  }
  const looks = bounds.flatMap(({ start, end }) =>
    starts(end - start, how.segment, how.hop).map((at) => ({ start: start + at, end: Math.min(start + at + how.segment, end) })),
  );
  if (bounds.length === 1 && (effort.shortWhole || looks.length === 1)) {
    const pieces = bounds.filter(loud);
    return { pieces, of: pieces.length, whole: true };
  }
  const pieces = [];
  for (const at of order(looks.length, 2 * effort.most)) {
    if (pieces.length === effort.most) break;
    if (loud(looks[at])) pieces.push(looks[at]);
  }
  if (pieces.length === 0) pieces.push(...bounds.filter(loud).slice(0, 1).map((excerpt) => spare(excerpt, how)));
  return { pieces, of: Math.min(looks.length, effort.most), whole: false };
}

/** Takes the answers to pieces and tells when it is enough. */
export class Attention {
  constructor(config, effort, method) {
    Object.assign(this, { config, effort, method });
    this.segment = Math.round(config.features.segment_s * config.sample_rate);
    this.table = [];
    this.music = [];
    this.sharpen = [];
  }

  /** Take the answer to a look of `samples` samples; `music` is how probably it is music, 1 where none tells. */
  hear(row, samples, music = 1) {
    this.table.push(Array.from(row));
    this.music.push(music);
    this.sharpen.push(samples >= this.segment);
  }

  /** The pieces' probabilities, as sharp as the model is for `of` of them (default: for those heard). */
  rows(of = this.table.length) {
    const found = this.config.temperatures ?? [];
    if (found.length < 3) return this.table;
    const power = found[1] / found[Math.min(of, found.length - 1)];
    return this.table.map((row, k) => {
      if (!this.sharpen[k]) return row;
      const sharper = row.map((p) => Math.max(p, 1e-12) ** power);
      const sum = sharper.reduce((a, b) => a + b, 0);
      return sharper.map((p) => p / sum);
    });
  }

  #lead(rows) {
    const [first, second] = [...vote(rows, this.method)].sort((a, b) => b - a);
    return first - second;
  }

  /** Whether the pieces that are left, of `of`, may be left out. */
  settled(of) {
    const below = this.config.sounds?.music_below ?? 0;
    const heard = this.table.length;
    if (below && this.music.reduce((a, b) => a + b, 0) / heard < (1 + below) / 2) return false;
    if (this.#lead(this.rows(of)) * heard > (of - heard) * (1 + 1e-9)) return true;
    if (this.method !== "mean" || heard < this.effort.least) return false;
    return this.#lead(this.rows()) >= this.effort.margin;
  }
}
