/** Which model answers, where, and how its excerpts vote: two choices in plain sight, the rest under "More". */

import { el } from "../dom.js";
import { maybe, percent, t } from "../i18n.js";
import { card } from "./card.js";
import { confusionTable } from "./matrix.js";

const $ = (id) => document.getElementById(id);
const outOf100 = (model) => Math.round(100 * (model.scores?.accuracy?.value ?? 0));

export class Choice {
  /** @param {{site: object, modelUrl: Function, onChange: Function}} parts onChange when another answer is wanted */
  constructor({ site, modelUrl, onChange }) {
    Object.assign(this, { site, modelUrl, onChange });
    this.way = site.ways[0];
    $("model").addEventListener("change", () => this.choose($("model").value));
    for (const id of ["vote", "effort"]) $(id).addEventListener("change", () => this.onChange());
    $("about").addEventListener("click", () => this.showCard());
    $("card").addEventListener("click", (event) => {
      if (event.target === $("card")) $("card").close();
    });
    $("more").open = site.fast === site.default && site.models.length > 1;
  }

  /** What is chosen now. */
  wish() {
    return { way: this.way, model: $("model").value, vote: $("vote").value, effort: $("effort").value };
  }

  model(name = $("model").value) {
    return this.site.models.find((model) => model.name === name);
  }

  /** A model's name as a person would say it. */
  label(name) {
    if (name === this.site.default) return t("choice.best");
    if (name === this.site.fast) return t("choice.fast");
    const model = this.model(name);
    return model ? `${maybe(`kind.${model.kind}`) ?? model.kind} ${model.version}` : name;
  }

  choose(name) {
    $("model").value = name;
    this.draw();
    this.onChange();
  }

  draw() {
    this.#drawModels();
    this.#drawChoices();
    this.#drawWays();
    this.#drawQuality();
  }

  #drawModels() {
    const before = $("model").value || this.site.default;
    const options = this.site.models.map((model) => {
      const score = model.scores?.accuracy ? ` · ${t("model.score", { n: outOf100(model) })}` : "";
      const plain = `${maybe(`kind.${model.kind}`) ?? model.kind} ${model.version}`;
      const chosen = [this.site.default, this.site.fast].includes(model.name) ? `${this.label(model.name)}: ` : "";
      return el("option", { value: model.name, text: chosen + plain + score });
    });
    $("model").replaceChildren(...options);
    $("model").value = before;
  }

  #drawChoices() {
    const two = [...new Set([this.site.default, this.site.fast])];
    $("choices").hidden = two.length < 2;
    const cards = two.map((name, k) =>
      el(
        "label.way",
        {},
        el("input", { type: "radio", name: "choice", value: name, checked: name === $("model").value, on: { change: () => this.choose(name) } }),
        el("span.way-text", {}, el("strong", { text: this.label(name) }), el("span", { text: t(k === 0 ? "choice.best.says" : "choice.fast.says", { n: outOf100(this.model(name)) }) })),
      ),
    );
    keepFocus($("choice-list"), cards);
  }

  #drawWays() {
    const cards = this.site.ways.map((way) =>
      el(
        "label.way",
        {},
        el("input", { type: "radio", name: "way", value: way, checked: way === this.way, on: { change: () => this.#chooseWay(way) } }),
        el("span.way-text", {}, el("strong", { text: t(`way.${way}`) }), el("span", { text: t(`way.${way}.leaves`) })),
      ),
    );
    keepFocus($("way-list"), cards);
    $("ways").hidden = this.site.ways.length < 2;
    $("privacy").textContent = t(this.site.server ? "privacy.server" : "privacy.static");
  }

  #chooseWay(way) {
    this.way = way;
    this.onChange();
  }

  #drawQuality() {
    const model = this.model();
    const { scores = {} } = model;
    const known = scores.accuracy?.value !== undefined;
    const share = (value) => Math.round(100 * (value ?? 0));
    const values = {
      name: `${this.label(model.name)} (${model.name})`,
      tracks: scores.tracks,
      n: outOf100(model),
      low: share(scores.accuracy?.low),
      high: share(scores.accuracy?.high),
      recall: percent(scores.macro_recall?.value ?? 0),
    };
    $("quality").hidden = false;
    const heard = known && model.hearing !== "own" ? ` ${t(`hearing.${model.hearing}`)}` : "";
    $("quality-text").textContent = t(known ? "quality.text" : "quality.none", values) + heard;
    $("matrix").hidden = !scores.confusion;
    $("matrix").replaceChildren(scores.confusion ? confusionTable(model.labels, scores.confusion) : "");
  }

  async showCard() {
    const model = this.model();
    $("card-title").textContent = this.label(model.name);
    $("card-name").textContent = model.name;
    $("card-text").replaceChildren(el("p.quiet", { text: "…" }));
    $("card").showModal();
    const get = (file) => fetch(this.modelUrl(model.name, file)).then((answer) => (answer.ok ? answer : null), () => null);
    const [config, metadata, technical] = await Promise.all(["config.json", "metadata.json", "README.md"].map(get));
    const parts = config && metadata ? card({ model, config: await config.json(), metadata: await metadata.json(), technical: technical && (await technical.text()) }) : [el("p", { text: t("card.missing") })];
    $("card-text").replaceChildren(...parts);
  }
}

/** Put new radio buttons in the place of old ones; the one that had the focus has it again. */
function keepFocus(place, cards) {
  const had = place.contains(document.activeElement) ? document.activeElement.value : null;
  place.replaceChildren(...cards);
  if (had) place.querySelector(`input[value="${CSS.escape(had)}"]`)?.focus();
}
