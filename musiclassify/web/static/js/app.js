/** The page: takes songs in, hands them to the classifier one after the other, shows what comes out. */

import { Classifier } from "./classify.js";
import { colourOf, isDark, loadColours } from "./colours.js";
import { el } from "./dom.js";
import { genreName, language, maybe, percent, setLanguage, t } from "./i18n.js";
import { cancelled, Problem } from "./problem.js";
import { markdown } from "./ui/markdown.js";
import { confusionTable } from "./ui/matrix.js";
import { downloads, isWorking, problemText, songRow, SongView } from "./ui/song.js";

const $ = (id) => document.getElementById(id);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const state = { site: null, classifier: null, songs: [], shown: null, running: false, way: "browser", examples: [] };
let view = null;

const modelOf = (name) => state.site.models.find((model) => model.name === name);
const chosenModel = () => modelOf($("model").value);
const labels = () => chosenModel()?.labels ?? [];

function announce(text) {
  $("live").textContent = text;
}

// ---- settings --------------------------------------------------------------------------------------------

function drawWays() {
  const list = state.site.ways.map((way) =>
    el(
      "label.way",
      {},
      el("input", { type: "radio", name: "way", value: way, checked: way === state.way, on: { change: () => chooseWay(way) } }),
      el("span.way-text", {}, el("strong", { text: t(`way.${way}`) }), el("span", { text: t(`way.${way}.leaves`) })),
    ),
  );
  $("way-list").replaceChildren(...list);
  $("privacy").textContent = t(state.site.server ? "privacy.server" : "privacy.static");
}

function chooseWay(way) {
  state.way = way;
  warm();
}

function drawModels() {
  const before = $("model").value || state.site.default;
  const options = state.site.models.map((model) => {
    const accuracy = model.scores?.accuracy?.value;
    const score = accuracy === undefined ? "" : ` · ${t("model.score.short", { accuracy: percent(accuracy) })}`;
    const slow = model.pretrained ? ` · ${t("model.slower")}` : "";
    return el("option", { value: model.name, text: `${model.corpus} ${model.kind} ${model.version}${score}${slow}` });
  });
  $("model").replaceChildren(...options);
  $("model").value = before;
  drawQuality();
}

function drawQuality() {
  const model = chosenModel();
  const scores = model?.scores ?? {};
  const known = scores.accuracy?.value !== undefined;
  const values = {
    name: model.name,
    tracks: scores.tracks,
    split: maybe(`split.${scores.split}`) ?? scores.split,
    accuracy: percent(scores.accuracy?.value ?? 0),
    low: percent(scores.accuracy?.low ?? 0),
    high: percent(scores.accuracy?.high ?? 0),
    recall: percent(scores.macro_recall?.value ?? 0),
  };
  $("model-score").textContent = known ? t("model.score", values) : "";
  $("quality").hidden = false;
  const heard = known && model.pretrained ? ` ${t("quality.pretrained")}` : "";
  $("quality-text").textContent = t(known ? "quality.text" : "quality.none", values) + heard;
  $("matrix").hidden = !scores.confusion;
  $("matrix").replaceChildren(scores.confusion ? confusionTable(model.labels, scores.confusion) : "");
}

async function showCard() {
  const model = chosenModel();
  $("card-title").textContent = model.name;
  $("card-text").replaceChildren(el("p.quiet", { text: "…" }));
  $("card").showModal();
  try {
    const answer = await fetch(state.classifier.modelUrl(model.name, "README.md"));
    if (!answer.ok) throw new Error(String(answer.status));
    $("card-text").replaceChildren(markdown(await answer.text()));
  } catch {
    $("card-text").replaceChildren(el("p", { text: t("card.missing") }));
  }
}

/** Get the model ready while nothing else is going on. */
function warm() {
  if (navigator.connection?.saveData) return;
  const start = () => state.classifier.warm($("model").value, state.way).catch(() => {});
  if ("requestIdleCallback" in window) requestIdleCallback(start, { timeout: 1500 });
  else setTimeout(start, 300);
}

function drawExamples() {
  const chips = state.examples.map((example) =>
    el("button.chip", { type: "button", on: { click: () => takeExample(example) } }, el("i.dot", { vars: { "--genre": colourOf(example.genre) } }), el("span", { text: example.title[language()] ?? example.title.en })),
  );
  $("example-chips").replaceChildren(...chips);
  $("examples").hidden = chips.length === 0;
}

async function takeExample(example) {
  const answer = await fetch(new URL(`static/examples/${example.file}`, document.baseURI)).catch(() => null);
  if (!answer?.ok) return announce(t("problem.offline"));
  take([new File([await answer.blob()], example.file, { type: "audio/ogg" })]);
}

// ---- songs -----------------------------------------------------------------------------------------------

function newSong(file) {
  return { file, state: "waiting", progress: { stage: "wait" }, parts: [], peaks: null, durationS: null, answer: null, problem: null, tookS: 0, way: state.way };
}

function take(files) {
  const songs = [...files].map(newSong);
  if (songs.length === 0) return;
  state.songs.push(...songs);
  document.body.classList.add("has-songs");
  $("results").hidden = false;
  show(songs[0]);
  scrollTo({ top: 0, behavior: calm() ? "auto" : "smooth" }); // the answer stands right under the drop zone
  run();
}

function show(song) {
  state.shown = song;
  view.show(song);
  drawBatch();
}

async function run() {
  if (state.running) return;
  state.running = true;
  for (let song = nextSong(); song; song = nextSong()) await classify(song);
  state.running = false;
}

const nextSong = () => state.songs.find((song) => song.state === "waiting");

async function classify(song) {
  song.state = "working";
  song.way = state.way;
  song.abort = new AbortController();
  const begun = performance.now();
  const model = $("model").value;
  const shown = () => state.shown === song;
  if (state.songs.length > 1 && !state.songs.some((other) => other.state === "done") && isWorking(state.shown ?? song)) show(song);
  announce(t("live.working", { name: song.file.name }));
  try {
    song.answer = await state.classifier.classify(song.file, {
      way: song.way,
      model,
      vote: $("vote").value,
      signal: song.abort.signal,
      onProgress: (progress) => {
        song.progress = progress;
        if (shown()) view.progress();
      },
      onSignal: ({ peaks, durationS }) => {
        Object.assign(song, { peaks, durationS });
        if (shown()) view.drawWave();
      },
      onPart: (part) => {
        song.parts.push(part);
        if (shown()) view.drawWave();
      },
    });
    if (song.abort.signal.aborted) throw new Problem("cancelled");
    song.peaks ??= await peaksOf(song.file);
    song.tookS = (performance.now() - begun) / 1000;
    song.state = "done";
    const kind = song.answer.uncertain ? "live.uncertain" : "live.answer";
    announce(t(kind, { name: song.file.name, genre: genreName(song.answer.genre), percent: percent(song.answer.confidence) }));
  } catch (error) {
    song.answer = null;
    if (cancelled(error) || song.abort.signal.aborted) song.state = "cancelled";
    else {
      song.state = "error";
      song.problem = error instanceof Problem ? error : new Problem("other", { detail: String(error?.message ?? error) });
      announce(t("live.error", { name: song.file.name, message: problemText(song.problem) }));
    }
  }
  if (!state.songs.includes(song)) return;
  if (shown()) view.update();
  drawBatch();
}

/** For a song that the server classified: a waveform all the same, if this browser can read it. */
async function peaksOf(file) {
  try {
    return await state.classifier.peaks(file);
  } catch {
    return null;
  }
}

function cancel(song) {
  if (song.state === "waiting") song.state = "cancelled";
  song.abort?.abort();
  if (state.shown === song && song.state === "cancelled") view.update();
  drawBatch();
}

function again(song) {
  Object.assign(song, newSong(song.file));
  if (state.shown === song) view.show(song);
  drawBatch();
  run();
}

function remove(song) {
  song.abort?.abort();
  const at = state.songs.indexOf(song);
  state.songs.splice(at, 1);
  if (state.songs.length === 0) return clear();
  if (state.shown === song) show(state.songs[Math.min(at, state.songs.length - 1)]);
  else drawBatch();
}

function clear() {
  for (const song of state.songs) song.abort?.abort();
  state.songs = [];
  state.shown = null;
  view.clear();
  $("batch").replaceChildren();
  $("results").hidden = true;
  document.body.classList.remove("has-songs");
  $("files").focus();
}

function drawBatch() {
  const { songs } = state;
  if (songs.length < 2) {
    $("batch").replaceChildren();
    return;
  }
  const focused = document.activeElement?.closest?.("#batch") ? document.activeElement.getAttribute("aria-label") : null;
  const done = songs.filter((song) => !isWorking(song)).length;
  const columns = [
    ["song", ""],
    ["genre", ""],
    ["confidence", ".figure"],
    ["length", ".figure.length"],
  ].map(([name, kind]) => el(`th${kind}`, { scope: "col", text: t(`column.${name}`) }));
  const rows = songs.map((song) =>
    songRow(song, { selected: song === state.shown, labels: labels(), onSelect: () => show(song), onRemove: () => remove(song) }),
  );
  const busy = done < songs.length;
  const all = busy
    ? el("button.button.small", { type: "button", text: t("cancel.all"), on: { click: () => songs.filter(isWorking).forEach(cancel) } })
    : el("button.button.small", { type: "button", text: t("clear"), on: { click: clear } });
  $("batch").replaceChildren(
    el(
      "div.card.batch",
      {},
      el(
        "div.batch-head",
        {},
        el("h2", { text: t("batch.title", { count: songs.length }) }),
        busy ? el("span.quiet", { text: t("batch.progress", { done, total: songs.length }) }) : null,
        el("span.actions", {}, all, downloads(songs, "musiclassify")),
      ),
      el("div.scroll", {}, el("table.songs", {}, el("thead", {}, el("tr", {}, ...columns, el("th", {}, el("span.visually-hidden", { text: t("remove") })))), el("tbody", {}, ...rows))),
    ),
  );
  if (focused) [...$("batch").querySelectorAll("button")].find((node) => node.getAttribute("aria-label") === focused)?.focus();
}

// ---- the page around -------------------------------------------------------------------------------------

function drawAll() {
  drawWays();
  drawModels();
  drawExamples();
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === language()));
  if (state.shown) view.show(state.shown);
  drawBatch();
}

function switchTheme() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem("theme", theme);
  } catch {
    // private windows may refuse; the choice then lasts as long as the page
  }
  drawAll();
}

function listen() {
  $("files").addEventListener("change", () => {
    take($("files").files);
    $("files").value = "";
  });
  $("model").addEventListener("change", () => {
    drawQuality();
    warm();
  });
  $("about").addEventListener("click", showCard);
  $("card").addEventListener("click", (event) => {
    if (event.target === $("card")) $("card").close();
  });
  $("theme").addEventListener("click", switchTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", async () => {
      await setLanguage(button.dataset.lang, { keep: true });
      drawAll();
    });
  }
  let depth = 0;
  const veil = (shown) => ($("veil").hidden = !shown);
  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => {
    if (carriesFiles(event)) veil(++depth > 0);
  });
  addEventListener("dragleave", (event) => {
    if (carriesFiles(event)) veil((depth = Math.max(0, depth - 1)) > 0);
  });
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    veil((depth = 0) > 0);
    take(event.dataTransfer?.files ?? []);
  });
  addEventListener("paste", (event) => take(event.clipboardData?.files ?? []));
}

async function fetchJson(path, fallback) {
  const answer = await fetch(new URL(path, document.baseURI)).catch(() => null);
  return answer?.ok ? answer.json() : fallback;
}

async function begin() {
  const [site, examples] = await Promise.all([fetchJson("site.json", null), fetchJson("static/examples/examples.json", []), setLanguage(), loadColours()]);
  if (!site) {
    announce(t("problem.model-missing"));
    return;
  }
  Object.assign(state, { site, examples, classifier: new Classifier(site), way: site.ways[0] });
  view = new SongView($("song"), { cancel, again, labels });
  $("api-link").hidden = !site.server;
  listen();
  drawAll();
  $("vote").value = "mean";
  document.documentElement.dataset.ready = "true";
  warm();
  if (!site.server && "serviceWorker" in navigator && isSecureContext) navigator.serviceWorker.register("sw.js").catch(() => {});
}

begin();
