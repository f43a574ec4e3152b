/** Said where a chart is made of windows and there are none. */
export const NO_WINDOWS =
  'No window of this range has been aggregated yet: the scheduled query runs every 5 minutes.';
