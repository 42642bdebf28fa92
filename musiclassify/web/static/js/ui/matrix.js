/** What the model takes each genre for: a table that is also a picture. */

import { colourOf } from "../colours.js";
import { el } from "../dom.js";
import { genreName, t } from "../i18n.js";

/**
 * @param {string[]} labels
 * @param {number[][]} confusion songs of each genre (rows) by what they were taken for (columns)
 */
export function confusionTable(labels, confusion) {
  const head = el(
    "tr",
    {},
    el("th.corner", { scope: "col" }, el("span", { text: `${t("matrix.actual")} ↓` }), el("span", { text: `${t("matrix.predicted")} →` })),
    ...labels.map((label) => el("th", { scope: "col" }, el("span", { text: genreName(label) }))),
  );
  const rows = labels.map((label, i) => {
    const total = confusion[i].reduce((a, b) => a + b, 0);
    const cells = labels.map((_, j) => {
      const share = total ? confusion[i][j] / total : 0;
      const kind = i === j ? "td.right" : "td";
      return el(kind, { text: share ? String(Math.round(100 * share)) : "·", vars: { "--share": share.toFixed(3) }, title: `${confusion[i][j]} / ${total}` });
    });
    const name = el("th", { scope: "row" }, el("i.dot", { vars: { "--genre": colourOf(label, labels) } }), el("span", { text: genreName(label) }));
    return el("tr", {}, name, ...cells);
  });
  return el("table.matrix", {}, el("caption.visually-hidden", { text: t("matrix.caption") }), el("thead", {}, head), el("tbody", {}, ...rows));
}
