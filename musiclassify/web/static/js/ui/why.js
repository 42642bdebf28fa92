/** Why this genre: the five seconds that say most to hear, a few reasons in plain words, a picture on demand. */

import { clock, el, icon } from "../dom.js";
import { genreName, maybe, percent, t } from "../i18n.js";
import { capital, problemText } from "./said.js";

const TELLING = 0.03; // a smaller change of the probability is no reason
const WORDS = 3;
const LOWEST_HZ = 40; // of the picture

/** The stretch of an answer that is most like its genre: {start_s, end_s}. */
export function mostTelling({ genre, excerpts }) {
  return excerpts.flatMap((excerpt) => excerpt.segments).reduce((a, b) => (b.probabilities[genre] > a.probabilities[genre] ? b : a));
}

/**
 * Reasons as sentences, the weightiest first.
 *
 * @param {object} found as `Classifier.why` gives it
 * @param {string} genre
 * @param {number} startS where the seconds lie in the song
 * @returns {string[]}
 */
export function reasons(found, genre, startS) {
  const name = genreName(genre);
  const from = percent(found.probability);
  const by = (list) => [...list].sort((a, b) => a.without - b.without);
  const [band] = by(found.bands);
  const against = by(found.bands).at(-1);
  const [moment] = by(found.pieces);
  const bandName = ({ low }) => t(`band.${low}`);
  const said = [];
  const words = Object.keys(found.moods).filter((mood) => mood !== genre).slice(0, WORDS);
  if (words.length) said.push(t("why.heard", { words: words.map((mood) => maybe(`mood.${mood}`) ?? mood).join(", ") }));
  if (found.probability - band.without > TELLING) said.push(t("why.band", { band: bandName(band), genre: name, from, to: percent(band.without) }));
  if (against.without - found.probability > TELLING) said.push(capital(t("why.against", { band: bandName(against), genre: name, from, to: percent(against.without) })));
  if (found.probability - moment.without > TELLING) said.push(t("why.moment", { start: clock(startS + moment.start), end: clock(startS + moment.end), from, to: percent(moment.without) }));
  if (said.length <= (words.length ? 1 : 0)) said.push(t("why.whole"));
  return said;
}

/**
 * @param {{song: object, answer: object, hear: (start: number, end: number) => void, ask: Function}} parts
 *   ask(options) asks the model again, see `Classifier.why`
 * @returns {HTMLElement | null} null where the sound is not here, or all of it is one stretch
 */
export function whyView({ song, answer, hear, ask }) {
  if (!song.file || answer.sound || answer.excerpts.length === 0) return null;
  const { start_s: startS, end_s: endS } = mostTelling(answer);
  const { genre } = answer;
  const place = el("div.why-told", { "aria-live": "polite" });
  const button = el("button.button.small", { type: "button", text: t("why", { genre: genreName(genre) }) });
  const listen = el("button.button.small", { type: "button", on: { click: () => hear(startS, endS) } }, icon("play"), t("why.hear", { genre: genreName(genre) }));
  const tell = (found) => {
    button.remove();
    place.replaceChildren(el("ul.reasons", {}, ...reasons(found, genre, startS).map((text) => el("li", { text }))), pictureView(found, genre, startS));
  };
  const work = async () => {
    const abort = new AbortController();
    const bar = el("progress", { max: 1, "aria-label": t("why", { genre: genreName(genre) }) });
    const said = el("p.quiet", { text: t("why.begin") });
    const stop = el("button.button.small", { type: "button", text: t("cancel"), on: { click: () => abort.abort() } });
    button.hidden = true;
    place.replaceChildren(said, bar, stop);
    try {
      const onProgress = (done, total) => {
        bar.setAttribute("value", done / total);
        said.textContent = t("why.progress", { done, total });
      };
      song.why = { answer, found: await ask({ file: song.file, model: answer.model, genre, startS, endS, signal: abort.signal, onProgress }) };
      tell(song.why.found);
    } catch (error) {
      button.hidden = false;
      place.replaceChildren(abort.signal.aborted ? "" : el("p.quiet", { text: problemText(error) }));
    }
  };
  button.addEventListener("click", work);
  if (song.why?.answer === answer) tell(song.why.found);
  return el("section.why", { "aria-label": t("why", { genre: genreName(genre) }) }, el("div.why-buttons", {}, listen, button), place);
}

/** The seconds as a picture, with what each moment and each band is worth beside it. */
function pictureView(found, genre, startS) {
  const { columns, rows, levels } = found.picture;
  const canvas = el("canvas.why-sound", { width: columns, height: rows });
  const image = new ImageData(columns, rows);
  levels.forEach((level, i) => image.data.set([...heat(level), 255], 4 * ((rows - 1 - Math.floor(i / columns)) * columns + (i % columns))));
  canvas.getContext("2d").putImageData(image, 0, 0);
  const most = Math.max(0.05, ...[...found.bands, ...found.pieces].map(({ without }) => Math.abs(found.probability - without)));
  const bar = (kind, { without }, vars) => {
    const drop = found.probability - without;
    return el(`i.why-bar.${kind}${drop < 0 ? ".less" : ""}`, { vars: { "--size": (Math.abs(drop) / most).toFixed(3), ...vars } });
  };
  const top = found.bands.at(-1).high;
  const height = (hz) => Math.max(0, Math.log(hz / LOWEST_HZ) / Math.log(top / LOWEST_HZ)) * 100;
  const bands = found.bands.map((band) => bar("band", band, { "--from": `${height(band.low || LOWEST_HZ).toFixed(2)}%`, "--to": `${height(band.high).toFixed(2)}%` }));
  const total = found.pieces.at(-1).end;
  const moments = found.pieces.map((piece) => bar("moment", piece, { "--from": `${((100 * piece.start) / total).toFixed(2)}%`, "--to": `${((100 * piece.end) / total).toFixed(2)}%` }));
  const picture = el("div.why-picture", { "aria-hidden": "true" }, canvas, el("div.why-bands", {}, ...bands), el("div.why-moments", {}, ...moments), el("span.why-time", {}, el("span", { text: clock(startS) }), el("span", { text: clock(startS + total) })));
  const key = el("p.quiet", {}, el("i.key"), `${t("why.for", { genre: genreName(genre) })} `, el("i.key.less"), t("why.less", { genre: genreName(genre) }));
  return el("details.why-more", {}, el("summary", { text: t("why.picture") }), picture, key, el("p.quiet", { text: t("why.picture.about", { genre: genreName(genre) }) }));
}

/** Black, violet, orange, pale yellow. */
function heat(level) {
  const stops = [[10, 8, 24], [92, 40, 132], [232, 104, 70], [252, 238, 190]];
  const at = Math.min(0.999, Math.max(0, level)) * (stops.length - 1);
  const k = Math.floor(at);
  return stops[k].map((value, c) => Math.round(value + (stops[k + 1][c] - value) * (at - k)));
}
