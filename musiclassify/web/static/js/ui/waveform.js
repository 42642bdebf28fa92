/** The song's waveform in the colours of its genres, with the player. */

import WaveSurfer from "../../vendor/wavesurfer.esm.js";
import { colourOf, isDark } from "../colours.js";
import { clock, el, icon } from "../dom.js";
import { genreName, percent, t } from "../i18n.js";

const HEIGHT = 96;

export class Waveform {
  /** @param {{file: File|null, peaks: Float32Array|null, durationS: number}} song without a file there is no player */
  constructor({ file, peaks, durationS }) {
    this.durationS = durationS;
    this.labels = [];
    this.excerpts = [];
    this.skippedS = 0;
    this.hadFile = Boolean(file);
    this.media = new Audio();
    this.lane = el("div.lane", { role: "group", "aria-label": t("timeline") });
    this.frame = el("div.wave-frame");
    this.hatch = el("div.hatch", { hidden: true, title: "" });
    this.time = el("span.wave-time", { text: file ? `0:00 / ${clock(durationS)}` : clock(durationS) });
    this.button = el("button.play", { type: "button", "aria-label": t("play"), on: { click: () => this.toggle() } }, icon("play"));
    this.hint = el("span.quiet", { text: file ? t("timeline.hint") : "" });
    this.node = el("div.wave", {}, file ? this.button : null, el("div.wave-body", {}, this.frame, this.lane, el("div.wave-foot", {}, this.hint, this.time)));
    this.frame.append(this.hatch);
    this.peaks = peaks;
    this.stopAt = null;
    if (file) this.#load(file);
  }

  #load(file) {
    this.url = URL.createObjectURL(file);
    this.media.preload = "metadata";
    this.media.src = this.url;
    this.media.addEventListener("timeupdate", () => this.tick());
    this.media.addEventListener("error", () => {
      this.button.disabled = true;
      this.hint.textContent = t("wave.silent");
    });
    for (const event of ["play", "pause", "ended"]) this.media.addEventListener(event, () => this.showState());
    const max = Math.floor(this.durationS);
    Object.entries({ role: "slider", tabindex: 0, "aria-label": t("wave.seek"), "aria-valuemin": 0, "aria-valuemax": max }).forEach(([name, value]) => this.frame.setAttribute(name, value));
    this.frame.addEventListener("keydown", (event) => this.#seekByKey(event));
    this.tick();
  }

  /** Arrows move five seconds, pages thirty. */
  #seekByKey(event) {
    const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.stopAt = null;
    this.media.currentTime = Math.min(Math.max(0, this.media.currentTime + step), Math.max(0, this.durationS - 0.1));
    this.tick();
  }

  /** Draw; call once the node stands in the page. */
  mount() {
    if (!this.peaks?.length) {
      this.frame.append(el("p.quiet.wave-missing", { text: t("wave.missing") }));
      return;
    }
    const ink = getComputedStyle(document.documentElement);
    this.surfer = WaveSurfer.create({
      container: this.frame,
      height: HEIGHT,
      ...(this.hadFile ? { media: this.media } : {}),
      interact: this.hadFile,
      peaks: [this.peaks],
      duration: this.durationS,
      dragToSeek: this.hadFile,
      cursorWidth: 2,
      cursorColor: ink.getPropertyValue("--text").trim(),
      progressColor: isDark() ? "rgba(255, 255, 255, 0.38)" : "rgba(0, 0, 0, 0.3)",
      renderFunction: (channels, context) => this.draw(channels[0], context),
    });
    this.surfer.on("error", () => {});
  }

  /** Show what is known so far: the excerpts and their segments. */
  update(excerpts, skippedS) {
    this.excerpts = excerpts;
    this.labels = Object.keys(excerpts[0]?.probabilities ?? {});
    this.skippedS = skippedS;
    this.layOut();
    this.surfer?.setOptions({});
  }

  layOut() {
    const share = (seconds) => `${((100 * seconds) / this.durationS).toFixed(3)}%`;
    this.hatch.hidden = !(this.skippedS > 0);
    this.hatch.style.setProperty("--width", share(this.skippedS));
    this.lane.replaceChildren();
    const room = this.lane.clientWidth || 600;
    const place = (start, end, { text, label, kind = "", genre = null }) => {
      const vars = { "--left": share(start), "--width": share(end - start), ...(genre ? { "--genre": colourOf(genre, this.labels) } : {}) };
      const wide = ((end - start) / this.durationS) * room > 12 + 7 * text.length; // half a word says nothing
      const shown = wide ? el("span", { text }) : null;
      const on = { click: () => this.hear(start, end) };
      this.lane.append(this.hadFile ? el(`button.block${kind}`, { type: "button", title: label, "aria-label": label, vars, on }, shown) : el(`div.block${kind}`, { title: label, vars }, shown));
    };
    if (this.skippedS > 0) place(0, this.skippedS, { kind: ".skipped", text: t("skipped.short"), label: t("skipped", { start: clock(0), end: clock(this.skippedS) }) });
    for (const { genre, start_s: start, end_s: end, p } of this.#stretches(room)) {
      const values = { start: clock(start), end: clock(end), genre: genreName(genre), percent: percent(p) };
      place(start, Math.min(end, this.durationS), { genre, text: genreName(genre), label: t("play.from", values) });
    }
  }

  /** The excerpts; where there are too many for the room, neighbours of one genre become one stretch. */
  #stretches(room) {
    const one = ({ genre, start_s, end_s, probabilities }) => ({ genre, start_s, end_s, p: probabilities[genre], n: 1 });
    if (room / this.excerpts.length > 44) return this.excerpts.map(one);
    const joined = [];
    for (const piece of this.excerpts.map(one)) {
      const last = joined.at(-1);
      if (last?.genre === piece.genre && Math.abs(last.end_s - piece.start_s) < 0.1) Object.assign(last, { end_s: piece.end_s, p: (last.p * last.n + piece.p) / (last.n + 1), n: last.n + 1 });
      else joined.push(piece);
    }
    return joined;
  }

  colourAt(seconds) {
    const excerpt = this.excerpts.find(({ start_s: start, end_s: end }) => seconds >= start && seconds < end);
    if (!excerpt) return null;
    const segment = excerpt.segments.findLast(({ start_s: start }) => seconds >= start) ?? excerpt;
    return colourOf(segment.genre, this.labels);
  }

  draw(peaks, context) {
    const { width, height } = context.canvas;
    const ratio = window.devicePixelRatio || 1;
    const step = 4 * ratio;
    const bar = 2.6 * ratio;
    const idle = getComputedStyle(document.documentElement).getPropertyValue("--wave").trim();
    let top = 0;
    for (const peak of peaks) top = Math.max(top, peak);
    const bars = Math.floor(width / step);
    for (let i = 0; i < bars; i++) {
      const from = Math.floor((i * peaks.length) / bars);
      const to = Math.max(from + 1, Math.floor(((i + 1) * peaks.length) / bars));
      let level = 0;
      for (let k = from; k < to; k++) level = Math.max(level, peaks[k]);
      const tall = Math.max(bar, (level / (top || 1)) * height * 0.94);
      context.fillStyle = this.colourAt(((i + 0.5) / bars) * this.durationS) ?? idle;
      context.beginPath();
      context.roundRect(i * step + (step - bar) / 2, (height - tall) / 2, bar, tall, bar / 2);
      context.fill();
    }
  }

  toggle() {
    this.stopAt = null;
    if (this.media.paused) this.media.play().catch(() => {});
    else this.media.pause();
  }

  /** Play the stretch from `start` to `end`, seconds. */
  hear(start, end) {
    this.media.currentTime = start;
    this.stopAt = end;
    this.media.play().catch(() => {});
  }

  tick() {
    const said = `${clock(this.media.currentTime)} / ${clock(this.durationS)}`;
    this.time.textContent = said;
    this.frame.setAttribute("aria-valuenow", Math.floor(this.media.currentTime));
    this.frame.setAttribute("aria-valuetext", said);
    if (this.stopAt !== null && this.media.currentTime >= this.stopAt) {
      this.stopAt = null;
      this.media.pause();
    }
  }

  showState() {
    const playing = !this.media.paused && !this.media.ended;
    this.button.replaceChildren(icon(playing ? "pause" : "play"));
    this.button.setAttribute("aria-label", t(playing ? "pause" : "play"));
  }

  destroy() {
    this.media.pause();
    this.surfer?.destroy();
    this.media.removeAttribute("src");
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
