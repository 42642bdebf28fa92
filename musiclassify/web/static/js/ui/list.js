/** The list of songs: a row a song, with filter, order and downloads. */

import { colourOf } from "../colours.js";
import { clock, el, icon } from "../dom.js";
import { genreName, percent, t } from "../i18n.js";
import { isWorking } from "../songs.js";
import { downloads } from "./downloads.js";
import { problemText, stageText, titleOf, verdictText } from "./said.js";

const ORDERS = {
  added: () => 0,
  name: (a, b) => titleOf(a).localeCompare(titleOf(b), undefined, { numeric: true }),
  genre: (a, b) => (a.answer ? 0 : 1) - (b.answer ? 0 : 1) || (a.answer?.genre ?? "").localeCompare(b.answer?.genre ?? "") || (b.answer?.confidence ?? 0) - (a.answer?.confidence ?? 0),
  sure: (a, b) => (b.answer?.confidence ?? -1) - (a.answer?.confidence ?? -1),
};
const FILTERED_FROM = 4; // songs; fewer are seen at a glance

export class SongList {
  /** @param {object} act show, cancel, remove, clear, modelLabel, server */
  constructor(place, act) {
    this.place = place;
    this.act = act;
    this.filter = "";
    this.order = "added";
    this.card = null;
  }

  /** Draw the songs anew; what had the focus keeps it, or its neighbour gets it. */
  draw(songs, shown) {
    if (songs.length < 2) {
      this.card = null;
      this.place.replaceChildren();
      return;
    }
    if (!this.card) this.#build();
    this.songs = songs;
    this.shown = shown;
    this.#drawHead();
    this.#drawRows();
  }

  #build() {
    this.title = el("h2");
    this.state = el("span.quiet");
    this.actions = el("span.actions");
    this.search = el("input", { type: "search", "aria-label": t("filter"), placeholder: t("filter"), value: this.filter, on: { input: () => this.#refine({ filter: this.search.value }) } });
    const orders = Object.keys(ORDERS).map((order) => el("option", { value: order, text: t(`order.${order}`), selected: order === this.order }));
    this.sort = el("select", { "aria-label": t("order"), on: { change: () => this.#refine({ order: this.sort.value }) } }, ...orders);
    this.tools = el("div.list-tools", {}, this.search, this.sort);
    this.rows = el("ol.rows");
    this.card = el("div.card.batch", {}, el("div.batch-head", {}, this.title, this.state, this.actions), this.tools, this.rows);
    this.place.replaceChildren(this.card);
  }

  /** In another language. */
  relabel() {
    this.card = null;
  }

  #refine(change) {
    Object.assign(this, change);
    this.#drawHead();
    this.#drawRows();
  }

  visible() {
    const wanted = this.filter.trim().toLocaleLowerCase();
    const text = (song) => [song.name, song.tags?.title, song.tags?.artist, song.answer ? genreName(song.answer.genre) : ""].join(" ").toLocaleLowerCase();
    return this.songs.filter((song) => text(song).includes(wanted)).sort(ORDERS[this.order]);
  }

  #drawHead() {
    const { songs } = this;
    const done = songs.filter((song) => !isWorking(song)).length;
    const busy = done < songs.length;
    this.title.textContent = t("batch.title", { count: songs.length });
    this.state.textContent = busy ? t("batch.progress", { done, total: songs.length }) : "";
    this.tools.hidden = songs.length < FILTERED_FROM;
    const all = busy
      ? el("button.button.small", { type: "button", text: t("cancel.all"), on: { click: () => songs.filter(isWorking).forEach((song) => this.act.cancel(song)) } })
      : el("button.button.small", { type: "button", text: t("clear"), on: { click: this.act.clear } });
    const focused = this.actions.contains(document.activeElement) ? [...this.actions.querySelectorAll("button")].indexOf(document.activeElement) : -1;
    this.actions.replaceChildren(all, downloads(this.visible(), "musiclassify", { playlist: true }));
    if (focused >= 0) this.actions.querySelectorAll("button")[focused]?.focus();
  }

  #drawRows() {
    const inside = this.rows.contains(document.activeElement) ? document.activeElement : null;
    const [kind, id] = inside ? [inside.dataset.kind, inside.closest("li").dataset.id] : [];
    const at = inside ? [...this.rows.children].findIndex((row) => row.dataset.id === id) : -1;
    this.rows.replaceChildren(...this.visible().map((song) => this.#row(song)));
    if (!inside) return;
    const rows = [...this.rows.children];
    const row = rows.find((other) => other.dataset.id === id) ?? rows[Math.min(at, rows.length - 1)];
    row?.querySelector(`[data-kind="${kind}"]`)?.focus();
  }

  #row(song) {
    const { answer } = song;
    const length = song.durationS ?? answer?.duration_s;
    const by = [song.tags?.artist, length ? clock(length) : null, answer ? this.act.modelLabel(answer.model) : null].filter(Boolean).join(" · ");
    const open = el(
      "button.row-open",
      { type: "button", "aria-current": song === this.shown ? "true" : false, data: { kind: "open" }, on: { click: () => this.act.show(song, { byHand: true }) } },
      el("span.row-top", {}, el("span.row-name", { text: titleOf(song) }), el("span.row-value", { text: answer ? percent(answer.confidence) : "" })),
      this.#verdict(song),
      answer ? strip(answer) : null,
      by ? el("span.row-by", { text: by }) : null,
    );
    const remove = el("button.icon-button.small", { type: "button", "aria-label": `${t("remove")}: ${titleOf(song)}`, data: { kind: "remove" }, on: { click: () => this.act.remove(song) } }, icon("cross"));
    return el(`li${song === this.shown ? ".selected" : ""}`, { data: { id: song.id } }, open, remove);
  }

  #verdict(song) {
    const { answer } = song;
    if (answer) return el("span.row-genre", { vars: { "--genre": colourOf(answer.genre, Object.keys(answer.probabilities)) } }, el("i.dot"), el("span", { text: verdictText(answer) }));
    if (song.state === "error") return el("span.row-problem", { text: problemText(song.problem, this.act) });
    return el("span.quiet", { text: song.state === "cancelled" ? t("cancelled") : stageText(song.progress) });
  }
}

/** A song's genres over time as a thin strip of their colours. */
function strip(answer) {
  const labels = Object.keys(answer.probabilities);
  const share = (seconds) => `${((100 * seconds) / answer.duration_s).toFixed(2)}%`;
  const pieces = answer.excerpts.map(({ start_s: start, end_s: end, genre }) => el("i", { vars: { "--genre": colourOf(genre, labels), "--left": share(start), "--width": share(Math.min(end, answer.duration_s) - start) } }));
  return el("span.strip", { "aria-hidden": "true" }, ...pieces);
}
