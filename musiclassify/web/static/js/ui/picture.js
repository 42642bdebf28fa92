/** A picture of an answer to share: name, verdict, genres over time. It holds no sound. */

import { colourOf } from "../colours.js";
import { ranked } from "../core/words.js";
import { genreName, percent, t } from "../i18n.js";
import { capital, titleOf, verdictText } from "./said.js";

const [WIDTH, HEIGHT, EDGE] = [1200, 630, 64];
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif';

/** Text that is as large as fits. */
function fitted(pen, text, { x, y, size, weight, width, colour }) {
  pen.fillStyle = colour;
  for (let px = size; ; px -= 2) {
    pen.font = `${weight} ${px}px ${FONT}`;
    if (px <= 22 || pen.measureText(text).width <= width) break;
  }
  let shown = text;
  while (pen.measureText(shown).width > width && shown.length > 2) shown = `${shown.slice(0, -2)}…`;
  pen.fillText(shown, x, y);
}

function bar(pen, x, y, width, height, colour) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.roundRect(x, y, Math.max(width, height), height, height / 2);
  pen.fill();
}

/** The loudness over time in the colours of the genres. */
function wave(pen, song, colours, { x, y, width, height }) {
  const { answer, peaks } = song;
  const levels = peaks?.length ? peaks : [1];
  const top = Math.max(...levels) || 1;
  const bars = Math.floor(width / 9);
  for (let i = 0; i < bars; i++) {
    const seconds = ((i + 0.5) / bars) * answer.duration_s;
    const genre = answer.excerpts.find(({ start_s: from, end_s: to }) => seconds >= from && seconds < to)?.genre;
    const level = levels[Math.floor(((i + 0.5) / bars) * levels.length)] / top;
    const tall = Math.max(6, level * height);
    pen.fillStyle = genre ? colours(genre) : "#c9c5d2";
    pen.beginPath();
    pen.roundRect(x + i * 9, y + (height - tall) / 2, 6, tall, 3);
    pen.fill();
  }
}

/** @returns {Promise<Blob>} PNG, 1200 x 630 */
export function picture(song) {
  const canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  const pen = canvas.getContext("2d");
  const labels = Object.keys(song.answer.probabilities);
  const colours = (genre) => colourOf(genre, labels);
  const inner = WIDTH - 2 * EDGE;
  pen.fillStyle = "#faf9f7";
  pen.fillRect(0, 0, WIDTH, HEIGHT);
  const name = [titleOf(song), song.tags?.artist].filter(Boolean).join(" · ");
  fitted(pen, name, { x: EDGE, y: 100, size: 34, weight: 500, width: inner, colour: "#62606d" });
  fitted(pen, capital(verdictText(song.answer)), { x: EDGE, y: 186, size: 76, weight: 740, width: inner, colour: "#1f1e26" });
  wave(pen, song, colours, { x: EDGE, y: 226, width: inner, height: 140 });
  for (const [k, [genre, p]] of ranked(song.answer).slice(0, 3).entries()) {
    const y = 420 + k * 48;
    fitted(pen, genreName(genre), { x: EDGE, y: y + 22, size: 26, weight: 600, width: 170, colour: "#1f1e26" });
    bar(pen, EDGE + 180, y + 4, (inner - 290) * p, 20, colours(genre));
    fitted(pen, percent(p), { x: WIDTH - EDGE - 84, y: y + 22, size: 26, weight: 500, width: 84, colour: "#62606d" });
  }
  fitted(pen, t("picture.by"), { x: EDGE, y: HEIGHT - 32, size: 22, weight: 500, width: inner, colour: "#8b8894" });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
