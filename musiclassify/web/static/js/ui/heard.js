/** What was heard beside the genre: several genres, moods, and the songs of the list that are most like this one. */

import { colourOf } from "../colours.js";
import { nearest } from "../core/heard.js";
import { el } from "../dom.js";
import { genreName, maybe, t } from "../i18n.js";
import { titleOf, verdictText } from "./said.js";

const moodName = (mood) => maybe(`mood.${mood}`) ?? mood;

/** Genres (where there are several) and moods as two lines of small labels; null where nothing is known. */
export function moodsView({ genres = [], moods = {}, probabilities }) {
  const labels = Object.keys(probabilities);
  const line = (name, items) => el("div.heard-line", {}, el("dt", { text: name }), el("dd.tags", {}, ...items));
  const lines = [];
  if (genres.length > 1) lines.push(line(t("genres"), genres.map((genre) => el("span.tag", { vars: { "--genre": colourOf(genre, labels) } }, el("i.dot"), el("span", { text: genreName(genre) })))));
  const heard = Object.keys(moods);
  if (heard.length) lines.push(line(t("moods"), heard.map((mood) => el("span.tag", { text: moodName(mood) }))));
  return lines.length ? el("dl.heard", {}, ...lines) : null;
}

/**
 * The songs most like one, among those on the page; null where there is none to compare with.
 *
 * @param {object} song
 * @param {object[]} songs
 * @param {(song: object) => void} show
 */
export function likeView(song, songs, show) {
  const found = nearest(song, songs);
  if (found.length === 0) return null;
  const rows = found.map(({ song: other, likeness }) =>
    el(
      "li",
      {},
      el(
        "button.like-row",
        { type: "button", on: { click: () => show(other) } },
        el("span.like-name", { text: titleOf(other) }),
        el("span.like-genre", { vars: { "--genre": colourOf(other.answer.genre, Object.keys(other.answer.probabilities)) } }, el("i.dot"), el("span", { text: verdictText(other.answer) })),
        el("span.bar", { "aria-hidden": "true" }, el("span.bar-fill.plain", { vars: { "--share": Math.max(0, likeness).toFixed(3) } })),
      ),
    ),
  );
  return el("section.like", { "aria-label": t("like") }, el("h3", { text: t("like") }), el("ol.likes", {}, ...rows), el("p.quiet", { text: t("like.how") }));
}
