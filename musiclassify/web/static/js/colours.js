/** One colour a genre, the same as in the reports. */

let table = { colours: {}, on_dark: {} };

export async function loadColours() {
  table = await (await fetch(new URL("../genres.json", import.meta.url))).json();
}

export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** The genre's colour; labels without one of their own cycle through the list. */
export function colourOf(genre, labels = []) {
  const known = Object.values(table.colours);
  const own = table.colours[genre] ?? known[Math.max(0, labels.indexOf(genre)) % known.length];
  return (isDark() && table.on_dark[genre]) || own;
}
