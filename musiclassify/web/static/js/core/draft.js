/** When a light model answers before the one that was chosen. */

const PATIENCE_MS = 1500; // what takes no longer than this is waited for

/**
 * Whether a first impression is worth its time: where the chosen model is yet to come, or takes long and the light one
 * less than half of it.
 *
 * @param {{chosenMs: number, lightMs: number}} times what hearing the song takes; Infinity where that is not known yet
 */
export function draftPays({ chosenMs, lightMs }) {
  if (chosenMs === Infinity) return true;
  return chosenMs > PATIENCE_MS && lightMs < chosenMs / 2;
}
