/** The rule by which a song is classified: the twin of musiclassify/audio/excerpts.py. */

export const VOTES = ["mean", "majority"];

/**
 * Where the excerpts of a song lie, in samples.
 *
 * @param {number} n samples of the song at `sampleRate`
 * @param {object} rule skip_s, skip_if_longer_than_s, excerpt_s, min_excerpt_s, as in config.json
 * @returns {{start: number, end: number}[]}
 */
export function excerptBounds(n, rule, sampleRate) {
  const samples = (seconds) => Math.round(seconds * sampleRate);
  const size = samples(rule.excerpt_s);
  const least = samples(rule.min_excerpt_s);
  const bounds = [];
  let start = n > samples(rule.skip_if_longer_than_s) ? samples(rule.skip_s) : 0;
  if (start >= n) start = 0;
  for (; start < n; start += size) {
    const end = Math.min(start + size, n);
    if (end - start >= least || bounds.length === 0) bounds.push({ start, end });
  }
  return bounds;
}

/** Index of the largest value; the first of equals. */
export function winner(values) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/**
 * The song's probabilities out of its excerpts'.
 *
 * @param {ArrayLike<number>[]} rows one row of genre probabilities an excerpt
 * @param {"mean"|"majority"} method mean of the rows, or the share of rows that each genre wins; between
 *   equal shares the mean decides (it moves no share by more than a millionth)
 * @returns {number[]} sums to 1; the largest is the answer
 */
export function vote(rows, method = "mean") {
  if (rows.length === 0) throw new RangeError("vote: no excerpts; a song has at least one");
  if (!VOTES.includes(method)) throw new RangeError(`vote=${method} must be one of ${VOTES.join(", ")}`);
  const mean = new Array(rows[0].length).fill(0);
  for (const row of rows) for (let g = 0; g < mean.length; g++) mean[g] += row[g] / rows.length;
  if (method === "mean") return mean;
  const shares = new Array(mean.length).fill(0);
  for (const row of rows) shares[winner(row)] += 1 / rows.length;
  const sum = mean.reduce((total, value) => total + value, 0);
  return shares.map((share, g) => (share + 1e-6 * mean[g]) / (1 + 1e-6 * sum));
}
