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

export function coordinatorAt(url: string, fetchUrl: typeof fetch = fetch): CoordinatorClient {
  return {
    async task(clientId) {
      const query = new URLSearchParams({ client_id: clientId });
      const response = await fetchUrl(`${url}/v1/task?${query}`, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (!response.ok) throw new Error(`coordinator: ${response.status} for a task`);
      return (await response.json()) as Task;
    },
    async send(update) {
      const response = await fetchUrl(`${url}/v1/updates`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(update),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      await response.arrayBuffer();
      return response.ok;
    },
  };
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
): Promise<{ readonly weights: Float64Array; readonly round: number; readonly hasSent: boolean }> {
  const task = await client.task(clientId);
  const weights = decodeWeights(task.weights, weightCount);
  if (typeof weights === 'string') throw new Error('coordinator: it has a model of another shape');
  const update = task.is_selected ? learner.update(weights) : undefined;
  if (update === undefined) return { weights, round: task.round, hasSent: false };
  const hasSent = await client.send({
    client_id: clientId,
    round: task.round,
    sample_count: update.sampleCount,
    scored_count: update.scoredCount,
    anomaly_count: update.anomalyCount,
    loss: update.loss,
    weights: encodeWeights(update.weights),
  });
  return { weights, round: task.round, hasSent };
}
