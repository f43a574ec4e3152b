/** A running emulator of one Google API, in this process, reachable from 127.0.0.1 only. */
export interface Emulator {
  readonly port: number;
  /** Where it listens, `127.0.0.1:PORT`. */
  readonly host: string;
  /** The standard variables that point Google's clients here, e.g. `{ PUBSUB_EMULATOR_HOST }`. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves when nothing is in flight: all deliveries tried, all statements run. */
  settled(): Promise<void>;
  /** Closes every connection and forgets or saves all state. Safe to call twice. */
  stop(): Promise<void>;
}

export interface EmulatorOptions {
  /** 0 (the default) takes any free port. */
  readonly port?: number;
  /** Epoch milliseconds; the emulator's only clock. Defaults to the system's. */
  readonly now?: () => number;
}
