/** The song's waveform in the colours of its genres, with the player. */

import WaveSurfer from "../../vendor/wavesurfer.esm.js";
import { colourOf, isDark } from "../colours.js";
import { clock, el, icon } from "../dom.js";
import { genreName, percent, t } from "../i18n.js";

const HEIGHT = 96;

export class Waveform {
  /** @param {{file: File, peaks: Float32Array|null, durationS: number, labels: string[]}} song */
  constructor({ file, peaks, durationS, labels }) {
    this.durationS = durationS;
    this.labels = labels;
    this.excerpts = [];
    this.skippedS = 0;
    this.url = URL.createObjectURL(file);
    this.media = new Audio();
    this.media.preload = "metadata";
    this.media.src = this.url;
    this.lane = el("div.lane", { role: "group", "aria-label": t("timeline") });
    this.frame = el("div.wave-frame");
    this.hatch = el("div.hatch", { hidden: true, title: "" });
    this.time = el("span.wave-time", { text: `0:00 / ${clock(durationS)}` });
    this.button = el("button.play", { type: "button", "aria-label": t("play"), on: { click: () => this.toggle() } }, icon("play"));
    this.node = el("div.wave", {}, this.button, el("div.wave-body", {}, this.frame, this.lane, el("div.wave-foot", {}, this.hint(), this.time)));
    this.frame.append(this.hatch);
    this.peaks = peaks;
    this.stopAt = null;
    this.media.addEventListener("timeupdate", () => this.tick());
    for (const event of ["play", "pause", "ended"]) this.media.addEventListener(event, () => this.showState());
  }

  hint() {
    return el("span.quiet", { text: t("timeline.hint") });
  }

  /** Draw; call once the node stands in the page. */
  mount() {
    if (!this.peaks) return;
    const ink = getComputedStyle(document.documentElement);
    this.surfer = WaveSurfer.create({
      container: this.frame,
      height: HEIGHT,
      media: this.media,
      peaks: [this.peaks],
      duration: this.durationS,
      dragToSeek: true,
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
    this.skippedS = skippedS;
    this.layOut();
    this.surfer?.setOptions({});
  }

  layOut() {
    const share = (seconds) => `${((100 * seconds) / this.durationS).toFixed(3)}%`;
    this.hatch.hidden = !(this.skippedS > 0);
    this.hatch.style.setProperty("--width", share(this.skippedS));
    this.lane.replaceChildren();
    if (this.skippedS > 0) {
      const label = t("skipped", { start: clock(0), end: clock(this.skippedS) });
      const skipped = el("button.block.skipped", { type: "button", title: label, "aria-label": label, on: { click: () => this.hear(0, this.skippedS) } }, el("span", { text: t("skipped.short") }));
      place(skipped, 0, this.skippedS);
      this.lane.append(skipped);
    }
    for (const excerpt of this.excerpts) {
      const genre = genreName(excerpt.genre);
      const values = { start: clock(excerpt.start_s), end: clock(excerpt.end_s), genre, percent: percent(excerpt.probabilities[excerpt.genre]) };
      const label = t("play.from", values);
      const block = el(
        "button.block",
        { type: "button", title: label, "aria-label": label, vars: { "--genre": colourOf(excerpt.genre, this.labels) }, on: { click: () => this.hear(excerpt.start_s, excerpt.end_s) } },
        el("span", { text: genre }),
      );
      place(block, excerpt.start_s, Math.min(excerpt.end_s, this.durationS));
      this.lane.append(block);
    }

    function place(node, start, end) {
      node.style.setProperty("--left", share(start));
      node.style.setProperty("--width", share(end - start));
    }
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
    this.time.textContent = `${clock(this.media.currentTime)} / ${clock(this.durationS)}`;
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
    URL.revokeObjectURL(this.url);
  }
}
