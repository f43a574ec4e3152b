/** Mistakes that such a pipeline can have. The simulation must find each: that is what its silence is worth. */
export const BUGS = {
  ackFirst: 'answers the push before the rows are stored',
  ackAllOnPartial: 'takes an insert with errors for a full success',
  dropPoison: 'acknowledges what cannot be stored without a dead letter',
  poisonNackForever: 'refuses a message for one bad reading, for ever',
  timeoutIsSuccess: 'takes an insert that timed out for a success',
  giveUpSilently: 'acknowledges when the retries are used up',
  ackOnSigterm: 'acknowledges what is in flight when it is told to stop',
  unbounded: 'takes everything while BigQuery is away',
  idAtIngest: 'gives readings their ids itself, new ones at each delivery',
  noViewDedup: 'shows every copy of a reading',
  additiveMerge: 'adds new rows to the aggregates instead of recomputing windows',
  eventTimeWatermark: 'looks for touched windows by the time of measuring',
} as const;

export type Bug = keyof typeof BUGS;
export const BUG_NAMES = Object.keys(BUGS) as readonly Bug[];
