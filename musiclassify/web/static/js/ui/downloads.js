/** Answers to take away: tables, a playlist, a picture. */

import { toCsv, toJson, toPlaylist } from "../core/answer.js";
import { el, icon, save } from "../dom.js";
import { t } from "../i18n.js";
import { picture } from "./picture.js";
import { problemText } from "./said.js";

/** A song as the downloads have it. */
export function record(song) {
  const status = song.state === "done" ? "ok" : song.state;
  const { title = "", artist = "" } = song.tags ?? {};
  return { name: song.name, path: song.file?.webkitRelativePath || song.name, title, artist, status, message: song.problem ? problemText(song.problem) : "", answer: song.answer ?? undefined };
}

/**
 * Buttons for the downloads of some songs.
 *
 * @param {object[]} songs
 * @param {string} stem of the files' names
 * @param {{playlist?: boolean, picture?: boolean}} more beside CSV and JSON
 */
export function downloads(songs, stem, more = {}) {
  const button = (kind, act) => el("button.button.small", { type: "button", "aria-label": t("download", { kind: t(`download.${kind}`) }), on: { click: act } }, icon("down"), t(`download.${kind}`));
  const file = (kind, type, make) => button(kind, () => save(`${stem}.${kind === "playlist" ? "m3u8" : kind}`, type, make(songs.map(record))));
  return el(
    "span.downloads",
    {},
    more.picture ? button("picture", async () => save(`${stem}.png`, "image/png", await picture(songs[0]))) : null,
    file("csv", "text/csv;charset=utf-8", toCsv),
    file("json", "application/json", toJson),
    more.playlist ? file("playlist", "audio/x-mpegurl;charset=utf-8", toPlaylist) : null,
  );
}
