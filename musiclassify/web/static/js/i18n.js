/** The page in English and French. */

const LANGUAGES = ["en", "fr"];
const words = {};
let current = "en";

function preferred() {
  let stored = null;
  try {
    stored = localStorage.getItem("language");
  } catch {
    stored = null;
  }
  const wished = [stored, ...(navigator.languages ?? [])].filter(Boolean).map((tag) => tag.slice(0, 2));
  return wished.find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

async function load(language) {
  if (words[language]) return;
  const answer = await fetch(new URL(`../i18n/${language}.json`, import.meta.url));
  words[language] = await answer.json();
}

/** Words for `key`, with `{name}` filled from `values`; null where there are none. */
export function maybe(key, values = {}) {
  const text = words[current]?.[key] ?? words.en?.[key];
  return text?.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "") ?? null;
}

export const t = (key, values) => maybe(key, values) ?? key;

export const language = () => current;

/** 0.713 -> "71 %" as the language writes it. */
export const percent = (value) =>
  new Intl.NumberFormat(current, { style: "percent", maximumFractionDigits: 0 }).format(value);

export const number = (value, digits = 1) =>
  new Intl.NumberFormat(current, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

export const genreName = (genre) => maybe(`genre.${genre}`) ?? genre;

/** Put the words into every element that asks for some. */
export function translate(root = document) {
  for (const node of root.querySelectorAll("[data-i18n]")) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll("[data-i18n-label]")) node.setAttribute("aria-label", t(node.dataset.i18nLabel));
}

export async function setLanguage(language = preferred(), { keep = false } = {}) {
  await Promise.all([...new Set(["en", language])].map(load));
  current = language;
  document.documentElement.lang = language;
  if (keep) {
    try {
      localStorage.setItem("language", language);
    } catch {
      // private windows may refuse; the choice then lasts as long as the page
    }
  }
  translate();
}
