/** Answers of earlier visits, kept in this browser until they are cleared. Never the sound. */

const NAME = "musiclassify";
const FIELDS = ["id", "name", "size", "lastModified", "model", "way", "vote", "effort", "tags", "peaks", "durationS", "answer", "tookS", "first"];
const MOST = 200;

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("songs", { keyPath: "id" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class History {
  #base = null;

  /** Run `act` on the store; null where the browser refuses one (some private windows do). */
  async #with(mode, act) {
    try {
      this.#base ??= await open();
      return await settled(act(this.#base.transaction("songs", mode).objectStore("songs")));
    } catch {
      return null;
    }
  }

  /** The songs that are kept, oldest first. */
  async recall() {
    const songs = (await this.#with("readonly", (store) => store.getAll())) ?? [];
    songs.sort((a, b) => a.kept - b.kept);
    for (const old of songs.splice(0, Math.max(0, songs.length - MOST))) await this.forget(old);
    return songs;
  }

  keep(song) {
    song.kept ??= Date.now();
    const plain = Object.fromEntries(FIELDS.map((field) => [field, song[field] ?? null]));
    return this.#with("readwrite", (store) => store.put({ ...plain, kept: song.kept }));
  }

  forget(song) {
    return this.#with("readwrite", (store) => store.delete(song.id));
  }

  clear() {
    return this.#with("readwrite", (store) => store.clear());
  }
}
