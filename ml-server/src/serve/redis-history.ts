import { type Decision, loadDeviceState, ModelError, saveDeviceState } from '@plumbline/detection';
import { createClient } from '@redis/client';
import type { DeviceHistory, DeviceMemory } from './device-history.ts';

/** A device that is silent for longer starts anew. */
const TIME_TO_LIVE_SECONDS = 7 * 86_400;
/** Longer is worse than answering from the reading alone. */
const COMMAND_TIMEOUT_MS = 500;

export interface RedisHistory extends DeviceHistory {
  close(): Promise<void>;
}

/**
 * A history in Redis, shared by many instances.
 *
 * - while Redis does not answer, devices are judged by their reading alone, and what they send is not
 *   remembered; `report` hears of every failure
 * - two instances that judge readings of one device at the same moment keep the one that ends last: the
 *   other's reading is missing from the history, never half of it
 *
 * @throws when Redis cannot be reached at the start
 */
export async function rememberInRedis(
  url: string,
  report: (error: Error) => void,
): Promise<RedisHistory> {
  const client = createClient({
    url,
    // A command fails at once while the connection is down, rather than wait for it.
    disableOfflineQueue: true,
    commandOptions: { timeout: COMMAND_TIMEOUT_MS },
    socket: {
      connectTimeout: 2_000,
      reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000),
    },
  });
  client.on('error', report);
  await client.connect();
  let failureCount = 0;
  return {
    async recall(deviceIds) {
      if (deviceIds.length === 0) return [];
      const texts = await orElse(client.mGet(deviceIds.map(keyOf)), null);
      return deviceIds.map((_, i) => parseMemory(texts?.[i] ?? null));
    },
    async keep(memories) {
      const commands = [...memories].map(([deviceId, memory]) =>
        client.set(keyOf(deviceId), formatMemory(memory), {
          expiration: { type: 'EX', value: TIME_TO_LIVE_SECONDS },
        }),
      );
      await orElse(Promise.all(commands), null);
    },
    deviceCount: () => Number.NaN,
    evictionCount: () => 0,
    failureCount: () => failureCount,
    close: async () => {
      await client.close();
    },
  };

  async function orElse<Answer, Other>(
    asked: Promise<Answer>,
    other: Other,
  ): Promise<Answer | Other> {
    try {
      return await asked;
    } catch (error) {
      failureCount++;
      report(error as Error);
      return other;
    }
  }
}

function keyOf(deviceId: string): string {
  return `plumbline:device:${deviceId}`;
}

function formatMemory({ state, alert }: DeviceMemory): string {
  return JSON.stringify({ state: saveDeviceState(state), alert });
}

/** Null also for what another version of this server wrote in a way that this one cannot read. */
function parseMemory(text: string | null): DeviceMemory | null {
  if (text === null) return null;
  try {
    const { state, alert } = JSON.parse(text) as {
      state: string;
      alert: { atMs: number; decision: Decision } | null;
    };
    return { state: loadDeviceState(state), alert };
  } catch (error) {
    if (error instanceof ModelError || error instanceof SyntaxError) return null;
    throw error;
  }
}
