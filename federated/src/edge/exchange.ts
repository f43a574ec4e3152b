import { decodeWeights, encodeWeights, type Task, type UpdateMessage } from '../wire.ts';
import type { DeviceLearner } from './device-learner.ts';

/** How a device reaches the coordinator. */
export interface CoordinatorClient {
  /** @throws Error when it does not answer, or answers something else */
  task(clientId: string): Promise<Task>;
  /** True if the update takes part in the round. */
  send(update: UpdateMessage): Promise<boolean>;
}

const TIMEOUT_MS = 10_000;

/** `key` goes with every request, for a coordinator that asks for one. */
export function coordinatorAt(
  url: string,
  key?: string,
  fetchUrl: typeof fetch = fetch,
): CoordinatorClient {
  const headers: Record<string, string> =
    key === undefined ? {} : { authorization: `Bearer ${key}` };
  return {
    async task(clientId) {
      const query = new URLSearchParams({ client_id: clientId });
      const response = await fetchUrl(`${url}/v1/task?${query}`, {
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`coordinator: ${response.status} for a task`);
      return (await response.json()) as Task;
    },
    async send(update) {
      const response = await fetchUrl(`${url}/v1/updates`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(update),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
      return response.ok;
    },
  };
}

/** What a device got from the coordinator, and what became of its update. */
export interface Part {
  readonly weights: Float64Array;
  readonly round: number;
  readonly sent: 'nothing' | 'accepted' | 'refused';
}

/**
 * Asks what to do, does it, and gives the newest global weights.
 *
 * What is sent are weights and counts, see `UpdateMessage`; rows, scaler and threshold stay with the learner.
 */
export async function takePart(
  client: CoordinatorClient,
  clientId: string,
  learner: DeviceLearner,
  weightCount: number,
): Promise<Part> {
  const task = await client.task(clientId);
  const weights = decodeWeights(task.weights, weightCount);
  if (typeof weights === 'string') throw new Error('coordinator: it has a model of another shape');
  const update = task.is_selected ? learner.update(weights) : undefined;
  if (update === undefined) return { weights, round: task.round, sent: 'nothing' };
  const isTaken = await client.send({
    client_id: clientId,
    round: task.round,
    sample_count: update.sampleCount,
    scored_count: update.scoredCount,
    anomaly_count: update.anomalyCount,
    loss: update.loss,
    weights: encodeWeights(update.weights),
  });
  return { weights, round: task.round, sent: isTaken ? 'accepted' : 'refused' };
}
