/** One measured number, next to its goal. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly goal: string;
  /** Null: there is nothing to compare with, see `reason`. */
  readonly met: boolean | null;
  readonly reason?: string;
}
