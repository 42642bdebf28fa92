/** One song on the page: working, answered, or refused. */

import { colourOf } from "../colours.js";
import { levelOf, capital, problemText, rightText, stageText, titleOf, verdictText } from "./said.js";
import { ranked } from "../core/words.js";
import { clock, el, icon } from "../dom.js";
import { genreName, maybe, number, percent, t } from "../i18n.js";
import { isWorking } from "../songs.js";
import { downloads } from "./downloads.js";
import { likeView, moodsView } from "./heard.js";
import { Waveform } from "./waveform.js";
import { whyView } from "./why.js";

const LEVELS = ["guess", "perhaps", "between", "probably", "sure"];

/** The song that is shown in full. */
export class SongView {
  /**
   * @param {HTMLElement} place where it goes
   * @param {object} act cancel, again, show, songs, estimate, why, modelLabel, server
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
    this.waveSlot = el("div.wave-slot");
    this.body = el("div.song-body");
    this.place.replaceChildren(el("article.card.song", { "aria-label": song.name, tabindex: "-1" }, this.head, this.waveSlot, this.body));
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
    this.bar = null;
    const draw = { done: () => this.#drawAnswer(), error: () => this.#drawProblem(), cancelled: () => this.#drawCancelled() }[song.state];
    (draw ?? (() => this.#drawWork()))();
    this.drawWave();
  }

  /** Only the progress has changed. */
  progress() {
    if (!this.bar) return this.update();
    const { done = 0, total = 0 } = this.song.progress;
    this.stage.textContent = stageText(this.song.progress);
    if (total) this.bar.setAttribute("value", done / total);
    else this.bar.removeAttribute("value");
  }

  /** More of the sound is known, or of its genres. */
  drawWave() {
    const { song } = this;
    const durationS = song.durationS ?? song.answer?.duration_s;
    if (!durationS || song.state === "error") {
      this.wave?.destroy();
      this.wave = null;
      this.waveSlot.replaceChildren();
      return;
    }
    const shown = song.answer ?? this.act.estimate(song);
    if (this.wave && this.wave.hadFile !== Boolean(song.file)) {
      this.wave.destroy();
      this.wave = null;
    }
    if (!this.wave) {
      this.wave = new Waveform({ file: song.file, peaks: song.peaks, durationS });
      this.waveSlot.replaceChildren(this.wave.node);
      this.wave.mount();
    }
    this.wave.update(shown?.excerpts ?? [], shown?.skipped_s ?? 0);
    if (this.bar && shown) this.#drawEstimate(shown);
  }

  #name() {
    const { song } = this;
    const cover = song.tags?.cover ? el("img.cover", { src: song.tags.cover, alt: "", width: 56, height: 56 }) : null;
    const by = [song.tags?.artist, song.tags?.title ? song.name : null].filter(Boolean).join(" · ");
    return el("div.song-title", {}, cover, el("div.song-names", {}, el("p.song-name", { text: song.tags?.title ?? song.name, title: song.name }), by ? el("p.quiet.song-by", { text: by }) : null));
  }

  #drawWork() {
    this.stage = el("p.stage");
    this.bar = el("progress", { max: 1, "aria-label": this.song.name });
    this.guess = el("div.guess");
    const cancel = el("button.button.small", { type: "button", text: t("cancel"), on: { click: () => this.act.cancel(this.song) } });
    this.head.replaceChildren(this.#name(), el("div.work", {}, this.stage, cancel), this.bar, this.guess);
    this.body.replaceChildren();
    this.progress();
  }

  /** What stands already while the song is still being heard. */
  #drawEstimate(answer) {
    const parts = this.song.parts.length;
    const note = parts ? t("estimate.part", { done: parts, total: this.song.progress.total ?? parts }) : t("estimate.draft");
    this.guess.replaceChildren(this.#verdict(answer), el("p.quiet", { text: note }));
    this.body.replaceChildren(this.#bars(answer, 3));
  }

  #drawCancelled() {
    this.head.replaceChildren(this.#name(), el("p.verdict.muted", { text: t("cancelled") }));
    this.body.replaceChildren(this.#foot());
  }

  #drawProblem() {
    const text = problemText(this.song.problem, this.act);
    this.head.replaceChildren(
      this.#name(),
      el("div.trouble", {}, el("span.trouble-mark", {}, icon("warn")), el("div", {}, el("h2", { text: t("error.title") }), el("p", { text }))),
    );
    this.body.replaceChildren(this.#foot());
  }

  #verdict(answer) {
    const labels = Object.keys(answer.probabilities);
    const at = levelOf(answer);
    const [first, second] = ranked(answer);
    const swatch = (genre) => el("i.swatch", { vars: { "--genre": colourOf(genre, labels) } });
    const big = {
      between: () => [el("span.verdict-genre.two", {}, swatch(first[0]), capital(genreName(first[0])), el("small.and", { text: t("verdict.or") }), swatch(second[0]), capital(genreName(second[0])))],
      none: () => [el("span.verdict-genre.two", { text: t("verdict.none", { count: labels.length }) })],
    }[at] ?? (() => [el("span.verdict-genre", {}, swatch(first[0]), capital(genreName(first[0])))]);
    const step = LEVELS.indexOf(at);
    const meter = el("span.meter", { "aria-hidden": "true" }, ...LEVELS.map((_, k) => el(`i${k <= step ? ".on" : ""}`)));
    const figure = at === "none" ? null : el("p.confidence", {}, el("strong", { text: percent(first[1]) }), meter, el("span", { text: t(`level.${at}`) }));
    return el("div.verdict-row", { data: { level: at } }, el("h2.verdict", {}, el("small", { text: t(`verdict.${at}.lead`) }), ...big()), figure);
  }

  #bars(answer, most = Infinity) {
    const labels = Object.keys(answer.probabilities);
    const bars = ranked(answer).slice(0, most).map(([genre, p], k) =>
      el(
        `li${k === 0 ? ".first" : ""}`,
        { vars: { "--genre": colourOf(genre, labels), "--share": p.toFixed(4) } },
        el("span.bar-name", { text: genreName(genre) }),
        el("span.bar", { "aria-hidden": "true" }, el("span.bar-fill")),
        el("span.bar-value", { text: percent(p) }),
      ),
    );
    return el("ol.bars", { "aria-label": t("bars") }, ...bars);
  }

  #drawAnswer() {
    const { answer } = this.song;
    this.head.replaceChildren(this.#name(), this.#verdict(answer));
    this.like = el("div.like-slot");
    const parts = [moodsView(answer), this.#notes(answer), el("h3", { text: t("bars") }), this.#bars(answer), this.#why(answer), this.like, this.#foot()];
    this.body.replaceChildren(...parts.filter(Boolean));
    this.drawLike();
  }

  /** Songs have come or gone: which are like this one? */
  drawLike() {
    if (this.song?.state !== "done") return;
    const view = likeView(this.song, this.act.songs(), (other) => this.act.show(other, { byHand: true }));
    this.like.replaceChildren(...(view ? [view] : []));
  }

  #notes(answer) {
    const { song } = this;
    const notes = [rightText(answer)];
    const warning = answer.declared_s ? t("note.half", { heard: clock(answer.duration_s), all: clock(answer.declared_s) }) : answer.warning ? t("note.damaged") : null;
    if (answer.sound) notes.unshift(t("note.sound", { sound: maybe(`sound.${answer.sound}`) ?? answer.sound }));
    if (song.first && song.first !== answer.genre) notes.push(t("note.changed", { first: genreName(song.first) }));
    if (answer.heard_s < answer.duration_s / 2) notes.push(t("note.heard", { heard: clock(answer.heard_s), all: clock(answer.duration_s) }));
    if (answer.skipped_s > 0) notes.push(t("skipped.note", { seconds: Math.round(answer.skipped_s) }));
    if (answer.instead_of) notes.unshift(t("note.instead", { wanted: this.act.modelLabel(answer.instead_of), model: this.act.modelLabel(answer.model) }));
    if (!song.file) notes.push(t("note.kept"));
    return el("div.notes", {}, warning ? el("p.note.warning", { text: warning }) : null, ...notes.filter(Boolean).map((text) => el("p.quiet.note", { text })));
  }

  #why(answer) {
    return whyView({ song: this.song, answer, hear: (start, end) => this.wave?.hear(start, end), ask: this.act.why });
  }

  #foot() {
    const { song } = this;
    const made = song.answer ? t("made.by", { model: this.act.modelLabel(song.answer.model), way: t(`way.${song.way}`), seconds: number(song.tookS) }) : "";
    const again = song.file ? el("button.button.small", { type: "button", text: t("again"), on: { click: () => this.act.again(song) } }) : null;
    const actions = el("span.actions", {}, again, song.answer && !isWorking(song) ? downloads([song], titleOf(song), { picture: true }) : null);
    return el("div.song-foot", {}, el("span.quiet", { text: made, title: song.answer?.model ?? "" }), actions);
  }
}

/** What is said aloud when a song is done. */
export const spoken = (song) => t("live.answer", { name: song.name, verdict: verdictText(song.answer), percent: percent(song.answer.confidence) });
