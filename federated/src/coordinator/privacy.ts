/**
 * The privacy budget ε that rounds of noise have spent, at a chance δ of worse.
 *
 * An upper bound: that not every client takes part in every round would only make it smaller.
 *
 * - multiplier: deviation of the noise over what one client can change; above 0
 * - delta: in (0, 1)
 *
 * Source: Bun and Steinke, "Concentrated differential privacy" (2016), propositions 1.3 and 1.6 and lemma 1.7.
 */
export function privacySpent(rounds: number, multiplier: number, delta: number): number {
  const rho = rounds / (2 * multiplier ** 2);
  return rho + 2 * Math.sqrt(rho * Math.log(1 / delta));
}
