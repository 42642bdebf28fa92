/** The page: takes songs in, hands them to the classifier one after the other, shows what comes out. */

import { Classifier } from "./classify.js";
import { isDark, loadColours } from "./colours.js";
import { drawExamples } from "./examples.js";
import { History } from "./history.js";
import { canListen, fromDrop, fromFolder, listen } from "./intake.js";
import { language, setLanguage, t } from "./i18n.js";
import { estimate, isWorking, Songs } from "./songs.js";
import { readTags } from "./tags.js";
import { Choice } from "./ui/choice.js";
import { SongList } from "./ui/list.js";
import { problemText, useWords } from "./ui/said.js";
import { SongView, spoken } from "./ui/song.js";

const $ = (id) => document.getElementById(id);
const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const sideBySide = () => matchMedia("(min-width: 64rem)").matches;
const LISTEN_S = 10;

const page = { site: null, classifier: null, songs: null, choice: null, view: null, list: null, shown: null, examples: [] };

function announce(text) {
  $("live").textContent = text;
}

// ---- songs -----------------------------------------------------------------------------------------------

/** Take files in; `tags` are known beforehand for the examples, otherwise the files tell theirs. */
async function take(files, tags = null) {
  if (files.length === 0) return;
  const first = page.songs.list.length === 0;
  const added = page.songs.add(files);
  show(added[0]);
  if (first) scrollTo({ top: 0, behavior: calm() ? "auto" : "smooth" }); // the answer stands right under the drop zone
  for (const song of added) {
    song.tags ??= tags ?? (await readTags(song.file).catch(() => null));
    if (!song.tags || !page.songs.list.includes(song)) continue;
    if (song === page.shown) page.view.update();
    if (song.answer) page.songs.store.keep(song);
  }
  drawList();
}

/** Show a song in full; by hand on a narrow page, go to it, as it stands under the list. */
function show(song, { byHand = false } = {}) {
  page.shown = song;
  page.view.show(song);
  drawList();
  if (!byHand || sideBySide()) return;
  const card = $("song").firstElementChild;
  card?.focus({ preventScroll: true });
  card?.scrollIntoView({ block: "start", behavior: calm() ? "auto" : "smooth" });
}

function drawList() {
  const { list } = page.songs;
  const many = list.length > 0;
  $("results").hidden = !many;
  document.body.classList.toggle("has-songs", many);
  document.body.classList.toggle("has-many", list.length > 1);
  if (!list.includes(page.shown)) {
    page.shown = list.at(-1) ?? null;
    page.view.show(page.shown);
  }
  page.list.draw(list, page.shown);
  page.view.drawLike();
}

function drawSong(song, what) {
  if (what === "state") speak(song);
  if (song !== page.shown) return;
  if (what === "state") page.view.update();
  else if (what === "wave") page.view.drawWave();
  else page.view.progress();
}

function speak(song) {
  if (song.state === "working") announce(t("live.working", { name: song.name }));
  if (song.state === "done") announce(spoken(song));
  if (song.state === "error") announce(t("live.error", { name: song.name, message: problemText(song.problem) }));
}

function clear() {
  page.songs.clear();
  $("files").focus();
}

// ---- ways in ---------------------------------------------------------------------------------------------

async function record() {
  if (page.recording) return page.recording.abort();
  page.recording = new AbortController();
  const said = (text) => ($("listen-text").textContent = text);
  try {
    const onTick = (left) => said(t("listen.left", { seconds: Math.ceil(left) }));
    const file = await listen({ seconds: LISTEN_S, name: `${t("listen.name")}.webm`, onTick, signal: page.recording.signal });
    take([file]);
  } catch (error) {
    const kind = error?.name === "NotAllowedError" ? "listen.refused" : "listen.missing";
    $("notice").textContent = t(kind);
    announce(t(kind));
  } finally {
    page.recording = null;
    said(t("listen"));
  }
}

function listenToFiles() {
  for (const [id, sorted] of [["files", (files) => [...files]], ["folder", fromFolder]]) {
    $(id).addEventListener("change", () => {
      takeOrSay(sorted($(id).files), id === "folder");
      $(id).value = "";
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
  addEventListener("drop", async (event) => {
    event.preventDefault();
    veil((depth = 0) > 0);
    const { files, folders } = await fromDrop(event.dataTransfer);
    takeOrSay(files, folders > 0);
  });
  addEventListener("paste", (event) => take([...(event.clipboardData?.files ?? [])]));
  $("listen").hidden = !canListen();
  $("listen").addEventListener("click", record);
}

function takeOrSay(files, folder) {
  $("notice").textContent = folder && files.length === 0 ? t("folder.empty") : "";
  take(files);
}

// ---- the page around -------------------------------------------------------------------------------------

function drawAll() {
  document.title = t("page.title");
  page.choice.draw();
  drawExamples(page.examples, take);
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === language()));
  page.list.relabel();
  if (page.shown) page.view.show(page.shown);
  drawList();
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

/** Get the models ready while nothing else is going on. */
function warm() {
  if (navigator.connection?.saveData) return;
  const { way, model } = page.choice.wish();
  const start = async () => {
    if (way === "browser") await page.classifier.warm(page.site.fast, way);
    if (!page.songs.busy) await page.classifier.warm(model, way);
  };
  const quietly = () => start().catch(() => {});
  if ("requestIdleCallback" in window) requestIdleCallback(quietly, { timeout: 1500 });
  else setTimeout(quietly, 300);
}

function listenToPage() {
  $("theme").addEventListener("click", switchTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", async () => {
      await setLanguage(button.dataset.lang, { keep: true });
      drawAll();
    });
  }
  addEventListener("beforeunload", (event) => {
    if (page.songs.busy) event.preventDefault(); // the browser asks whether to leave
  });
}

/** Have the service worker keep the page, and the chosen model too: it may have come before the worker was there. */
async function keepForLater() {
  await navigator.serviceWorker.register("sw.js");
  await navigator.serviceWorker.ready;
  if (navigator.connection?.saveData) return;
  const { model } = page.choice.wish();
  const { graphs } = await page.classifier.config(model);
  for (const file of ["config.json", graphs.model]) await fetch(page.classifier.modelUrl(model, file), { cache: "force-cache" });
}

async function fetchJson(path, fallback) {
  const answer = await fetch(new URL(path, document.baseURI)).catch(() => null);
  return answer?.ok ? answer.json() : fallback;
}

/** The parts of the page, which know of each other only what they are handed here. */
function assemble(site, store) {
  const classifier = new Classifier(site);
  const choice = new Choice({ site, modelUrl: (...args) => classifier.modelUrl(...args), onChange: change });
  const songs = new Songs({ classifier, wish: () => choice.wish(), store, onList: drawList, onSong: drawSong });
  const act = {
    show,
    clear,
    songs: () => songs.list,
    why: ({ file, ...asked }) => classifier.why(file, asked),
    cancel: (song) => songs.cancel(song),
    again: (song) => songs.again(song),
    remove: (song) => songs.remove(song),
    estimate: (song) => (isWorking(song) && classifier.configs.has(song.model) ? estimateOf(song) : null),
    modelLabel: (name) => choice.label(name),
    server: Boolean(site.server),
  };
  Object.assign(page, { site, classifier, choice, songs, view: new SongView($("song"), act), list: new SongList($("batch"), act) });
}

const estimateOf = (song) => estimate(song, page.classifier.configs.get(song.model));

function change() {
  page.songs.againAll();
  warm();
}

async function begin() {
  const store = new History();
  const kept = store.recall(); // a store takes long to open: meanwhile the page is drawn
  const [site, examples] = await Promise.all([fetchJson("site.json", null), fetchJson("static/examples/examples.json", []), setLanguage(), loadColours()]);
  if (!site) {
    announce(t("problem.model-missing"));
    return;
  }
  useWords(site.words);
  assemble(site, store);
  page.examples = examples;
  $("api-link").hidden = !site.server;
  listenToFiles();
  listenToPage();
  $("vote").value = "mean";
  $("effort").value = "normal";
  drawAll();
  page.songs.recall(await kept);
  document.documentElement.dataset.ready = "true";
  warm();
  if (!site.server && "serviceWorker" in navigator && isSecureContext) keepForLater().catch(() => {});
}

begin();
