/** An answer, a problem, a stage of the work, in words. */

import { level, ranked } from "../core/words.js";
import { genreName, language, maybe, percent, t } from "../i18n.js";

export const capital = (text) => text.charAt(0).toLocaleUpperCase(language()) + text.slice(1);

let table = null;

/** The scale of words comes with the site's settings. */
export function useWords(words) {
  table = words;
}

export const levelOf = (answer) => level(answer, table);

/** How often answers of this level are right, in words; "" for a level that has no figure. */
export function rightText(answer) {
  const share = table.right[levelOf(answer)];
  return share ? t(levelOf(answer) === "between" ? "right.between" : "right", { n: Math.round(100 * share) }) : "";
}

/** The whole verdict on one line: "between hip-hop and reggae". */
export function verdictText(answer) {
  const [first, second] = [...ranked(answer).map(([genre]) => genreName(genre)), ""];
  const count = Object.keys(answer.probabilities).length;
  const words = table[language()] ?? table.en;
  return words[levelOf(answer)].replace(/\{(\w+)\}/g, (_, name) => ({ first, second, count })[name]);
}

/** What went wrong, in words; what a server could do about it is offered where there is one. */
export function problemText(problem, { server = false } = {}) {
  const offered = server ? maybe(`problem.${problem.code}.server`, problem.values) : null;
  return offered ?? maybe(`problem.${problem.code}`, problem.values) ?? t("problem.other", { detail: problem.values?.detail || problem.code });
}

export function stageText({ stage, done, total }) {
  return t(`stage.${stage}`, { done: Math.min(done + 1, total), total, percent: percent(total ? done / total : 0) });
}

/** The song's title as its tags have it, or its file's name without the ending. */
export const titleOf = (song) => song.tags?.title || song.name.replace(/\.[^.]*$/, "") || song.name;
