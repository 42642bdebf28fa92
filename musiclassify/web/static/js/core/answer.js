/** What is said about a song, in the form the API gives it, and its tables for download. */

import { vote as combine, winner } from "./excerpts.js";
import { Heard, meanOf } from "./heard.js";
import { starts } from "./segments.js";

/** `{genre: probability}` in the order of the labels. */
export function named(labels, row) {
  return Object.fromEntries(labels.map((label, g) => [label, row[g]]));
}

/** One excerpt of the answer; `segments` has a row of probabilities for every 5 s segment. */
export function excerptAnswer(config, bounds, probabilities, segments, sounds = null) {
  const { sample_rate: rate, labels } = config;
  const size = config.features.segment_s * rate;
  const hop = config.features.segment_hop_s * rate;
  const n = bounds.end - bounds.start;
  const first = starts(n, Math.round(size), Math.round(hop));
  return {
    start_s: bounds.start / rate,
    end_s: bounds.end / rate,
    genre: labels[winner(probabilities)],
    probabilities: named(labels, probabilities),
    segments: segments.map((row, k) => ({
      start_s: (bounds.start + first[k]) / rate,
      end_s: (bounds.start + Math.min(first[k] + size, n)) / rate,
      genre: labels[winner(row)],
      probabilities: named(labels, row),
    })),
    ...(sounds && config.sounds ? { sounds: named(config.sounds.names, sounds) } : {}),
  };
}

/** The looks at a song as they count once all are heard, in the order of the song; `rows` are their probabilities. */
export function settledAnswers({ labels }, excerpts, rows) {
  return excerpts
    .map((excerpt, k) => {
      const probabilities = named(labels, rows[k]);
      const genre = labels[winner(rows[k])];
      return { ...excerpt, genre, probabilities, segments: excerpt.segments.slice(0, 1).map((one) => ({ ...one, genre, probabilities })) };
    })
    .sort((a, b) => a.start_s - b.start_s);
}

/** What is mostly heard (speech, noise, ...) where it is no music that the model knows; "" otherwise. */
function noMusic({ sounds: rule }, excerpts) {
  if (!rule || !excerpts.every(({ sounds }) => sounds)) return "";
  const [music, ...others] = rule.names;
  const heard = (name) => excerpts.reduce((sum, { sounds }) => sum + sounds[name], 0) / excerpts.length;
  return heard(music) >= rule.music_below ? "" : others.reduce((a, b) => (heard(b) > heard(a) ? b : a));
}

/** The best guess, and after it every further genre that tags would be given. */
function genresOf(probabilities, further) {
  const [first, ...others] = Object.entries(probabilities).sort((a, b) => b[1] - a[1]);
  return [first[0], ...others.filter(([, p]) => p >= further).map(([genre]) => genre)];
}

/** Moods, and the numbers that songs are compared by. */
function moodsOf(config, heard, tags) {
  const rows = heard.filter(Boolean);
  if (!tags || rows.length === 0) return { moods: {} };
  const columns = new Heard(config.statistics);
  const mean = meanOf(rows);
  return { moods: columns.moods(mean, tags), embedding: columns.embedding(mean) };
}

/**
 * The song's answer out of its excerpts'.
 *
 * @param {object} config of the model
 * @param {object[]} excerpts as `excerptAnswer` gives them
 * @param {object} options durationS; vote; heard, a row (or null) an excerpt, see heard.js; tags, site.json's table
 */
export function songAnswer(config, excerpts, { durationS, vote, heard = [], tags = null }) {
  const labels = config.labels;
  const rows = excerpts.map((excerpt) => labels.map((label) => excerpt.probabilities[label]));
  const probabilities = combine(rows, vote);
  const best = winner(probabilities);
  const sound = noMusic(config, excerpts);
  return {
    model: config.name,
    genre: labels[best],
    confidence: probabilities[best],
    uncertain: Boolean(sound) || probabilities[best] < config.uncertain_below,
    sound,
    probabilities: named(labels, probabilities),
    vote,
    duration_s: durationS,
    skipped_s: excerpts[0].start_s,
    excerpts,
    ...(tags ? { genres: genresOf(named(labels, probabilities), tags.further) } : {}),
    ...moodsOf(config, heard, tags),
  };
}

/** A text on one line: what cannot be printed is escaped, as Python does it. */
function printable(text) {
  const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return text.replace(/[\p{C}\p{Z}]/gu, (c) => {
    if (c === " ") return c;
    const code = c.codePointAt(0);
    const hex = (digits) => code.toString(16).padStart(digits, "0");
    return short[c] ?? (code < 256 ? `\\x${hex(2)}` : code < 65536 ? `\\u${hex(4)}` : `\\U${hex(8)}`);
  });
}

/**
 * What stands in a cell, as `musiclassify/formats/csv.py` writes it: a row is a line, nothing is taken for a formula,
 * numbers have up to six digits after the point and no exponent.
 */
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return value.toFixed(6).replace(/(\.\d+?)0*$/, "$1");
  const text = String(value);
  const safe = (/^\s*[=+\-@]/.test(text) ? "'" : "") + printable(text);
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * One row a song, in the columns of the command line's tables.
 *
 * @param {{name: string, status: string, message?: string, model?: string, duration_s?: number, answer?: object}[]} songs
 */
export function toCsv(songs) {
  const genres = [...new Set(songs.flatMap((song) => Object.keys(song.answer?.probabilities ?? {})))];
  const columns = genres.map((genre) => `p_${genre}`);
  const head = ["path", "status", "genre", "confidence", "uncertain", ...columns, "moods", "duration_s", "model", "message"];
  const rows = songs.map(({ name, status, message, model, duration_s: duration, answer: a }) => [
    name,
    status,
    a?.genre,
    a?.confidence,
    a?.uncertain ?? false,
    ...genres.map((genre) => a?.probabilities[genre]),
    Object.keys(a?.moods ?? {}).join("; "),
    a?.duration_s ?? duration,
    a?.model ?? model,
    message,
  ]);
  return [head, ...rows].map((row) => row.map((value) => cell(value)).join(",") + "\n").join("");
}

/** The songs with all their excerpts and segments. */
export function toJson(songs) {
  const plain = songs.map(({ name, status, message, answer }) => ({ file: name, status, message, ...answer, embedding: undefined }));
  return JSON.stringify({ format_version: 1, songs: plain }, null, 2) + "\n";
}

/**
 * A playlist of the songs that have an answer, each under its genre (EXTGENRE).
 *
 * @param {{path: string, title?: string, artist?: string, answer?: object}[]} songs
 */
export function toPlaylist(songs) {
  const line = (text) => String(text).replace(/[\r\n]+/g, " ");
  const rows = songs
    .filter(({ answer }) => answer)
    .flatMap(({ path, title, artist, answer }) => [
      `#EXTINF:${Math.round(answer.duration_s)},${line([artist, title || path.split("/").at(-1)].filter(Boolean).join(" - "))}`,
      `#EXTGENRE:${line(answer.genre)}`,
      line(path),
    ]);
  return ["#EXTM3U", "#EXTENC:UTF-8", ...rows].join("\n") + "\n";
}
