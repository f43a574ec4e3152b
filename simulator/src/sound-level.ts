/** Levels are logarithms of energy: what adds up is the energy. All in dB of the same weighting. */

/** The level of sounds together, e.g. 63 dB of two of 60 dB. */
export function levelOfAll(levels: readonly number[]): number {
  return 10 * Math.log10(levels.reduce((sum, level) => sum + energyOf(level), 0));
}

/** The energy of a level, relative to that of 0 dB. */
export function energyOf(level: number): number {
  return 10 ** (level / 10);
}
