/** How an excerpt is cut into segments: the twin of musiclassify/audio/segments.py, in whole samples. */

/** How many segments `n` samples give. */
export function count(n, segment, hop) {
  const slack = Math.floor(segment / 5);
  return 1 + Math.ceil(Math.max(0, n - segment - slack) / hop);
}

/** First sample of every segment; the last one ends with the signal. */
export function starts(n, segment, hop) {
  const total = count(n, segment, hop);
  const last = Math.max(0, n - segment);
  return Array.from({ length: total }, (_, k) => Math.min(k * hop, last));
}
