import { setTimeout as sleep } from 'node:timers/promises';
import { coordinatorUrl, edgePart, type Stack } from '../stack.ts';

/** What devices learned together without sending a reading. */
export interface LearnedTogether {
  readonly rounds: number;
  /** Devices whose update took part in the last of them. */
  readonly participants: number;
  /** Mean error under the weights that the first and the last round began with. */
  readonly firstLoss: number;
  readonly lastLoss: number;
  /** Weights and counts, both ways. */
  readonly bytes: number;
}

/** Rounds that a demo waits for; more would only take longer. */
const ROUNDS = 5;
const TIMEOUT_MS = 60_000;

interface Round {
  readonly outcome: string;
  readonly participants: readonly unknown[];
  readonly loss: number;
  readonly received_bytes: number;
  readonly sent_bytes: number;
}

/** Starts a few devices of the profile `lab` and lets them run the first rounds of federated learning. */
export async function learnTogether({ supervisor, ports }: Stack): Promise<LearnedTogether> {
  await supervisor.start(edgePart(ports, { ASK_SECONDS: '0.2' }));
  const endMs = Date.now() + TIMEOUT_MS;
  for (;;) {
    const response = await fetch(`${coordinatorUrl(ports)}/api/history`);
    const { rounds } = (await response.json()) as { rounds: Round[] };
    const done = rounds.filter(({ outcome }) => outcome === 'aggregated').slice(0, ROUNDS);
    const [first] = done;
    const last = done.at(-1);
    if (done.length === ROUNDS && first !== undefined && last !== undefined) {
      return {
        rounds: done.length,
        participants: last.participants.length,
        firstLoss: first.loss,
        lastLoss: last.loss,
        bytes: done.reduce((sum, round) => sum + round.received_bytes + round.sent_bytes, 0),
      };
    }
    if (endMs < Date.now()) {
      throw new Error(`${done.length} of ${ROUNDS} rounds of federated learning in a minute`);
    }
    await sleep(200);
  }
}
