/** What a model's network heard beside the genre, moods and an embedding: the twin of musiclassify/released/heard.py. */

const TAG = /^(?:([a-z]+)_)?tag_(.+)$/;
const EMBEDDING = /^(?:[a-z]+_)?embedding_\d+$/;

export class Heard {
  /** @param {string[]} statistics names of the columns of a graph's `summary`, from config.json */
  constructor(statistics) {
    const found = statistics.map((name, i) => [i, TAG.exec(name)]).filter(([, parts]) => parts);
    this.tags = found.map(([, parts]) => parts[2]);
    this.networks = found.map(([, parts]) => parts[1]);
    this.tagColumns = found.map(([i]) => i);
    this.embeddingColumns = statistics.flatMap((name, i) => (EMBEDDING.test(name) ? [i] : []));
  }

  /** Whether the model tells any of it. */
  get there() {
    return this.tagColumns.length > 0 && this.embeddingColumns.length > 0;
  }

  /**
   * Mean over segments: probabilities of the tags, then the embedding.
   *
   * @param {ArrayLike<number>[]} rows a row of statistics a segment; tags are logits
   * @returns {number[]}
   */
  of(rows) {
    const mean = (value) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length;
    return [...this.tagColumns.map((i) => mean((row) => 1 / (1 + Math.exp(-row[i])))), ...this.embeddingColumns.map((i) => mean((row) => row[i]))];
  }

  /**
   * The most probable of the tags that reach their level, by readable names, each but once.
   *
   * @param {number[]} heard as `of` gives it
   * @param {{most: number, least: number, levels: object, first: string, names: object}} table
   * @returns {Record<string, number>}
   */
  moods(heard, { most, least, levels, first, names }) {
    const found = {};
    const order = this.tags.map((_, i) => i).sort((a, b) => heard[b] - heard[a]);
    for (const i of order) {
      if (Object.keys(found).length === most) break;
      if (heard[i] < (levels[this.networks[i] ?? first]?.[this.tags[i]] ?? least)) continue;
      found[names[this.tags[i]] ?? this.tags[i].replaceAll("_", " ")] ??= heard[i];
    }
    return found;
  }

  /** The part that songs are compared by. */
  embedding(heard) {
    return heard.slice(this.tags.length);
  }
}

/** Mean of several rows of the same length. */
export const meanOf = (rows) => rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0) / rows.length);

/** How alike two songs are: the cosine of their embeddings, from -1 to 1. */
export function likeness(a, b) {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return aa && bb ? dot / Math.sqrt(aa * bb) : 0;
}

/**
 * The songs nearest to one.
 *
 * @param {{answer: {model: string, embedding?: number[]}}} song
 * @param {object[]} others only those that the same model heard can be compared
 * @param {number} most
 * @returns {{song: object, likeness: number}[]} the nearest first
 */
export function nearest(song, others, most = 5) {
  const own = song.answer?.embedding;
  if (!own) return [];
  return others
    .filter((other) => other !== song && other.answer?.embedding && other.answer.model === song.answer.model)
    .map((other) => ({ song: other, likeness: likeness(own, other.answer.embedding) }))
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, most);
}
