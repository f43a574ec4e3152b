/** The process was started wrongly: fix the environment, do not retry. Lists every problem at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`wrong configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Something we depend on failed in a way that may pass: try again later. */
export class TransientError extends Error {
  override readonly name = 'TransientError';
}

/**
 * Why a message or a reading was given up. A closed set: analysts group by it, alerts count by it.
 *
 * The text says what the producer or the operator can do.
 */
export const DEAD_LETTER_REASONS = {
  not_json: 'The body is not UTF-8 JSON: send one reading or an array of readings as JSON',
  not_a_reading: 'The JSON is not an object in the nested, flat or narrow form of a reading',
  missing_field: 'A required field is missing: the detail names it',
  invalid_field: 'A field has the wrong type or format: the detail names it and what was expected',
  unknown_metric: 'The metric is not in the catalogue: add an entry there or correct the producer',
  implausible_value: 'The value is outside the plausible range of its metric',
  implausible_time: 'measured_at is too far in the past or in the future: check the device clock',
  too_large: 'The message is larger than an instance accepts: pack fewer readings',
  too_many_readings: 'The array has more readings than a message may carry: pack fewer readings',
  refused_by_warehouse: 'BigQuery refused the row for good: the detail is its message',
  undeliverable: 'Every delivery attempt failed: see the logs of the function, then replay',
} as const;

export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;
