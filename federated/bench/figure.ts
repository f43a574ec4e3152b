/** One measured figure, as `npm run bench` prints it. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  /** Null where there is nothing to compare with: `reason` says why. */
  readonly met: boolean | null;
  readonly reason?: string;
}
