/** What is said about a song, in the form the API gives it, and its tables for download. */

import { vote as combine, winner } from "./excerpts.js";
import { starts } from "./segments.js";

/** `{genre: probability}` in the order of the labels. */
export function named(labels, row) {
  return Object.fromEntries(labels.map((label, g) => [label, row[g]]));
}

/** One excerpt of the answer; `segments` has a row of probabilities for every 5 s segment. */
export function excerptAnswer(config, bounds, probabilities, segments) {
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
  };
}

/** The song's answer out of its excerpts'. */
export function songAnswer(config, excerpts, { durationS, vote }) {
  const labels = config.labels;
  const rows = excerpts.map((excerpt) => labels.map((label) => excerpt.probabilities[label]));
  const probabilities = combine(rows, vote);
  const best = winner(probabilities);
  return {
    model: config.name,
    genre: labels[best],
    confidence: probabilities[best],
    uncertain: probabilities[best] < config.uncertain_below,
    probabilities: named(labels, probabilities),
    vote,
    duration_s: durationS,
    skipped_s: excerpts[0].start_s,
    excerpts,
  };
}

/** A cell that a spreadsheet reads as text: quoted, and never taken for a formula. */
function cell(value) {
  const text = String(value ?? "");
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * One row a song.
 *
 * @param {{name: string, status: string, message?: string, answer?: object}[]} songs
 */
export function toCsv(songs) {
  const genres = [...new Set(songs.flatMap((song) => Object.keys(song.answer?.probabilities ?? {})))];
  const head = ["file", "status", "genre", "confidence", "uncertain", "model", "duration_s", ...genres, "message"];
  const rows = songs.map(({ name, status, message, answer: a }) => [
    name,
    status,
    a?.genre,
    a && a.confidence.toFixed(4),
    a && String(a.uncertain),
    a?.model,
    a && a.duration_s.toFixed(2),
    ...genres.map((genre) => (a && genre in a.probabilities ? a.probabilities[genre].toFixed(4) : "")),
    message,
  ]);
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

/** The songs with all their excerpts and segments. */
export function toJson(songs) {
  const plain = songs.map(({ name, status, message, answer }) => ({ file: name, status, message, ...answer }));
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
