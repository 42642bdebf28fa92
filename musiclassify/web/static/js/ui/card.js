/** A model's card in plain words, out of what its config.json and metadata.json say; the technical one below it. */

import { colourOf } from "../colours.js";
import { el } from "../dom.js";
import { genreName, language, number, percent, t } from "../i18n.js";
import { markdown } from "./markdown.js";

const outOf100 = (value) => Math.round(100 * value);
const list = (names) => new Intl.ListFormat(language()).format(names);

/**
 * @param {{config: object, metadata: object, model: object, technical: string | null}} parts `model` as site.json has
 *   it; `technical` is the card's README
 * @returns {Node[]}
 */
export function card({ config, metadata, model, technical }) {
  const parts = [el("h3", { text: t("card.does") }), el("p", { text: t("card.does.text", { count: config.labels.length, genres: list(config.labels.map(genreName)), seconds: number(config.features.segment_s, 0) }) })];
  if (config.sounds) parts.push(el("p", { text: t("card.none") }));
  parts.push(el("h3", { text: t("card.learned") }), el("p", { text: t("card.learned.text", { tracks: metadata.trained_on?.tracks ?? "?", corpus: (metadata.trained_on?.corpus ?? config.corpus).split(",")[0] }) }));
  if (model.hearing !== "own") parts.push(el("p", { text: t(`hearing.${model.hearing}`) }));
  parts.push(el("h3", { text: t("quality") }), ...scores(metadata.scores ?? {}, config));
  parts.push(el("h3", { text: t("card.limits") }), el("ul", {}, ...limits(config).map((text) => el("li", { text }))));
  parts.push(el("p.quiet", { text: t("card.made", { date: new Date(metadata.created).toLocaleDateString(language(), { dateStyle: "long" }), bytes: number((model.sizes?.["model.onnx"] ?? 0) / 1e6) }) }));
  if (technical) parts.push(el("details.technical", {}, el("summary", { text: t("card.technical") }), el("div.card-text", { lang: "en" }, markdown(technical))));
  return parts;
}

function scores({ accuracy, tracks, per_genre_recall: recall, ece }, config) {
  if (!accuracy) return [el("p", { text: t("card.unscored") })];
  const said = [el("p", { text: t("card.right", { tracks, n: outOf100(accuracy.value), low: outOf100(accuracy.low), high: outOf100(accuracy.high) }) })];
  if (recall) {
    const rows = Object.entries(recall).sort((a, b) => b[1] - a[1]);
    const line = ([genre, value]) => el("li", { vars: { "--genre": colourOf(genre, config.labels), "--share": value.toFixed(3) } }, el("span.bar-name", { text: genreName(genre) }), el("span.bar", { "aria-hidden": "true" }, el("span.bar-fill")), el("span.bar-value", { text: percent(value) }));
    said.push(el("p", { text: t("card.recall") }), el("ol.bars", {}, ...rows.map(line)));
  }
  if (ece !== undefined) said.push(el("p", { text: t("card.honest", { points: number(100 * ece) }) }));
  return said;
}

function limits({ uncertain_below: threshold, min_duration_s: least, rule }) {
  return [
    t("card.limit.genres"),
    t("card.limit.unsure", { percent: percent(threshold) }),
    t("card.limit.start", { skip: number(rule.skip_s, 0), longer: number(rule.skip_if_longer_than_s, 0) }),
    t("card.limit.short", { seconds: number(least, 0) }),
  ];
}
