/** How sure an answer is, in words: the twin of musiclassify/released/words.py, on the same table (words.json). */

/** Genres of an answer, the most probable first: [genre, probability]. */
export const ranked = (answer) => Object.entries(answer.probabilities).sort((a, b) => b[1] - a[1]);

/**
 * @param {{probabilities: object, uncertain: boolean, sound?: string}} answer
 * @param {{scale: {sure: number, perhaps: number, together: number, second: number}}} table
 * @returns {"sure"|"probably"|"between"|"perhaps"|"guess"|"none"}
 */
export function level(answer, { scale }) {
  if (answer.sound) return "none";
  const [first, second] = [...ranked(answer).map(([, p]) => p), 0, 0];
  if (!answer.uncertain) return first >= scale.sure ? "sure" : "probably";
  if (second >= scale.second && first + second >= scale.together) return "between";
  return first >= scale.perhaps ? "perhaps" : "guess";
}
