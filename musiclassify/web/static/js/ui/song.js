/** One song on the page: working, answered, or refused. */

import { toCsv, toJson } from "../core/answer.js";
import { colourOf } from "../colours.js";
import { clock, el, icon, save } from "../dom.js";
import { genreName, maybe, number, percent, t } from "../i18n.js";
import { Waveform } from "./waveform.js";

const capital = (text) => text.charAt(0).toLocaleUpperCase() + text.slice(1);

const WORKING = ["waiting", "working"];

export const isWorking = (song) => WORKING.includes(song.state);

/** What went wrong, in words. */
export function problemText(problem) {
  return maybe(`problem.${problem.code}`, problem.values) ?? t("problem.other", { detail: problem.values?.detail || problem.code });
}

export function stageText({ stage, done, total }) {
  return t(`stage.${stage}`, { done: Math.min(done + 1, total), total, percent: percent(total ? done / total : 0) });
}

function sureness(answer) {
  const level = answer.confidence >= 0.85 ? "very" : answer.confidence >= 0.6 ? "quite" : answer.confidence >= 0.4 ? "rather" : "not";
  return t(answer.uncertain ? "uncertain" : `sure.${level}`);
}

/** A song as the downloads have it. */
export function record(song) {
  const status = song.state === "done" ? "ok" : song.state;
  return { name: song.file.name, status, message: song.problem ? problemText(song.problem) : "", answer: song.answer ?? undefined };
}

export function downloads(songs, stem) {
  const button = (kind, type, make) =>
    el(
      "button.button.small",
      { type: "button", "aria-label": t("download", { kind }), on: { click: () => save(`${stem}.${kind.toLowerCase()}`, type, make(songs.map(record))) } },
      icon("down"),
      t(`download.${kind.toLowerCase()}`),
    );
  return el("span.downloads", {}, button("CSV", "text/csv;charset=utf-8", toCsv), button("JSON", "application/json", toJson));
}

/** The song that is shown in full. */
export class SongView {
  /**
   * @param {HTMLElement} place where it goes
   * @param {{cancel: Function, again: Function, labels: () => string[]}} act
   */
  constructor(place, act) {
    this.place = place;
    this.act = act;
    this.song = null;
    this.wave = null;
  }

  /** Show `song` from scratch. */
  show(song) {
    this.clear();
    this.song = song;
    if (!song) return;
    this.head = el("div.song-head");
    this.body = el("div.song-body");
    this.waveSlot = el("div.wave-slot");
    this.place.replaceChildren(el("article.card.song", { "aria-label": song.file.name }, this.head, this.waveSlot, this.body));
    this.update();
  }

  clear() {
    this.wave?.destroy();
    this.wave = null;
    this.song = null;
    this.place.replaceChildren();
  }

  /** The song's state has changed. */
  update() {
    const { song } = this;
    if (!song) return;
    const draw = { done: () => this.drawAnswer(), error: () => this.drawProblem(), cancelled: () => this.drawCancelled() }[song.state];
    (draw ?? (() => this.drawWork()))();
    this.drawWave();
  }

  /** Only the progress has changed. */
  progress() {
    const { song } = this;
    if (!this.bar) return this.update();
    const { done = 0, total = 0 } = song.progress;
    this.stage.textContent = stageText(song.progress);
    if (total) this.bar.setAttribute("value", done / total);
    else this.bar.removeAttribute("value");
  }

  drawWave() {
    const { song } = this;
    const durationS = song.durationS ?? song.answer?.duration_s;
    const wanted = durationS && song.state !== "error";
    if (!wanted) {
      this.wave?.destroy();
      this.wave = null;
      this.waveSlot.replaceChildren();
      return;
    }
    if (!this.wave) {
      this.wave = new Waveform({ file: song.file, peaks: song.peaks, durationS, labels: this.act.labels() });
      this.waveSlot.replaceChildren(this.wave.node);
      this.wave.mount();
    }
    this.wave.update(song.answer?.excerpts ?? song.parts, song.answer?.skipped_s ?? song.parts[0]?.start_s ?? 0);
  }

  name() {
    return el("p.song-name", { text: this.song.file.name, title: this.song.file.name });
  }

  drawWork() {
    this.stage = el("p.stage");
    this.bar = el("progress", { max: 1, "aria-label": t("batch.progress", { done: "", total: "" }).trim() });
    const cancel = el("button.button.small", { type: "button", text: t("cancel"), on: { click: () => this.act.cancel(this.song) } });
    this.bar.setAttribute("aria-label", this.song.file.name);
    this.head.replaceChildren(this.name(), el("div.work", {}, this.stage, cancel));
    this.body.replaceChildren(this.bar);
    this.progress();
  }

  drawCancelled() {
    this.bar = null;
    this.head.replaceChildren(this.name(), el("p.verdict.muted", { text: t("cancelled") }));
    this.body.replaceChildren(this.foot());
  }

  drawProblem() {
    this.bar = null;
    const { song } = this;
    this.head.replaceChildren(
      this.name(),
      el("div.trouble", {}, el("span.trouble-mark", {}, icon("warn")), el("div", {}, el("h2", { text: t("error.title") }), el("p", { text: problemText(song.problem) }))),
    );
    this.body.replaceChildren(this.foot());
  }

  drawAnswer() {
    this.bar = null;
    const { answer } = this.song;
    const labels = Object.keys(answer.probabilities);
    const colour = colourOf(answer.genre, labels);
    this.head.replaceChildren(
      this.name(),
      el(
        "div.verdict-row",
        { vars: { "--genre": colour } },
        el("h2.verdict", {}, el("small", { text: t(answer.uncertain ? "hard-to-tell" : "sounds-like") }), el("span.verdict-genre", {}, el("i.swatch"), capital(genreName(answer.genre)))),
        el(`p.confidence${answer.uncertain ? ".unsure" : ""}`, {}, el("strong", { text: percent(answer.confidence) }), el("span", { text: sureness(answer) })),
      ),
    );
    const ranked = Object.entries(answer.probabilities).sort((a, b) => b[1] - a[1]);
    const bars = ranked.map(([genre, p], k) =>
      el(
        `li${k === 0 ? ".first" : ""}`,
        { vars: { "--genre": colourOf(genre, labels), "--share": p.toFixed(4) } },
        el("span.bar-name", { text: genreName(genre) }),
        el("span.bar", { "aria-hidden": "true" }, el("span.bar-fill")),
        el("span.bar-value", { text: percent(p) }),
      ),
    );
    const skipped = answer.skipped_s > 0 ? el("p.quiet.note", { text: t("skipped.note", { seconds: Math.round(answer.skipped_s) }) }) : null;
    this.body.replaceChildren(...[skipped, el("h3", { text: t("bars") }), el("ol.bars", {}, ...bars), this.foot()].filter(Boolean));
  }

  foot() {
    const { song } = this;
    const made = song.answer ? t("made.by", { model: song.answer.model, way: t(`way.${song.way}`), seconds: number(song.tookS) }) : "";
    const again = el("button.button.small", { type: "button", text: t("again"), on: { click: () => this.act.again(song) } });
    const actions = el("span.actions", {}, again, song.answer ? downloads([song], song.file.name.replace(/\.[^.]*$/, "") || "song") : null);
    return el("div.song-foot", {}, el("span.quiet", { text: made }), actions);
  }
}

/** A row of the table of songs. */
export function songRow(song, { selected, labels, onSelect, onRemove }) {
  const { answer } = song;
  const name = el("button.row-name", { type: "button", text: song.file.name, title: song.file.name, "aria-label": t("show", { name: song.file.name }), "aria-current": selected ? "true" : false, on: { click: onSelect } });
  let verdict;
  if (answer) {
    verdict = el("span.row-genre", { vars: { "--genre": colourOf(answer.genre, labels) } }, el("i.dot"), genreName(answer.genre), answer.uncertain ? el("span.pill", { text: t("uncertain") }) : null);
  } else if (song.problem && song.state === "error") {
    verdict = el("span.row-problem", { text: problemText(song.problem), title: problemText(song.problem) });
  } else {
    verdict = el("span.quiet", { text: song.state === "cancelled" ? t("cancelled") : stageText(song.progress) });
  }
  const value = answer ? percent(answer.confidence) : "";
  const length = song.durationS ?? answer?.duration_s;
  const remove = el("button.icon-button.small", { type: "button", "aria-label": `${t("remove")}: ${song.file.name}`, on: { click: onRemove } }, icon("cross"));
  return el(
    `tr${selected ? ".selected" : ""}`,
    {},
    el("th", { scope: "row" }, name),
    el("td", {}, verdict),
    el("td.figure", { text: value }),
    el("td.figure.length", { text: length ? clock(length) : "" }),
    el("td.figure", {}, remove),
  );
}
