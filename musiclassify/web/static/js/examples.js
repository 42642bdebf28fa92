/** Songs to try, with who made them. */

import { colourOf } from "./colours.js";
import { el } from "./dom.js";
import { language, t } from "./i18n.js";

const $ = (id) => document.getElementById(id);

async function fetchExample(example, take) {
  const answer = await fetch(new URL(`static/examples/${example.file}`, document.baseURI)).catch(() => null);
  if (!answer?.ok) {
    $("notice").textContent = t("problem.offline");
    return;
  }
  const { title, artist } = example;
  take([new File([await answer.blob()], example.file, { type: "audio/ogg", lastModified: 0 })], { title, artist, cover: null });
}

/** A button for each example and, behind a summary, the credits that their licences ask for. */
export function drawExamples(examples, take) {
  const chips = examples.map((example) =>
    el("button.chip", { type: "button", on: { click: () => fetchExample(example, take) } }, el("i.dot", { vars: { "--genre": colourOf(example.genre) } }), el("span", { text: example.name[language()] ?? example.name.en })),
  );
  $("example-chips").replaceChildren(...chips);
  $("examples").hidden = chips.length === 0;
  const credits = examples.map(({ title, artist, licence, licence_url: url, source, start_s: start, end_s: end }) =>
    el("li", {}, `“${title}”, ${artist}, `, el("a", { href: url, text: licence, rel: "license noreferrer" }), ` (`, el("a", { href: source, text: t("credits.source"), rel: "noreferrer" }), `); ${t("credits.cut", { start, end })}`),
  );
  $("credit-list").replaceChildren(...credits);
  $("credits").hidden = chips.length === 0;
}
