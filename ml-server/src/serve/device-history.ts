import type { Decision, DeviceState } from '@plumbline/detection';

/** What is remembered of one device between its readings. */
export interface DeviceMemory {
  readonly state: DeviceState;
  /** The reading that last started an episode, and what was said of it: a redelivery gets the same answer. */
  readonly alert: { readonly atMs: number; readonly decision: Decision } | null;
}

/** The recent past of every device, which sequential features and streaming detectors need. */
export interface DeviceHistory {
  /** One entry for each id, null for a device never seen or forgotten. */
  recall(deviceIds: readonly string[]): Promise<(DeviceMemory | null)[]>;
  keep(memories: ReadonlyMap<string, DeviceMemory>): Promise<void>;
  /** Devices remembered now; NaN where others remember too and nobody counts. */
  deviceCount(): number;
  /** Devices forgotten so far to make room. */
  evictionCount(): number;
  /** Times that the store behind it did not answer, so that a device was judged by its reading alone. */
  failureCount(): number;
}

/**
 * A history in this process: for one instance.
 *
 * Bounded: beyond `maxDevices` the device that was asked for least recently is forgotten, which then starts
 * anew like one never seen. A device takes about 150 kB for each of its metrics once its windows are full.
 */
export function rememberInProcess(maxDevices: number): DeviceHistory {
  // A Map keeps insertion order; moving an entry to the end at every use leaves the least recent one first.
  const memories = new Map<string, DeviceMemory>();
  let evictionCount = 0;
  return {
    async recall(deviceIds) {
      return deviceIds.map((deviceId) => memories.get(deviceId) ?? null);
    },
    async keep(changed) {
      for (const [deviceId, memory] of changed) {
        memories.delete(deviceId);
        memories.set(deviceId, memory);
      }
      for (const deviceId of memories.keys()) {
        if (memories.size <= maxDevices) break;
        memories.delete(deviceId);
        evictionCount++;
      }
    },
    deviceCount: () => memories.size,
    evictionCount: () => evictionCount,
    failureCount: () => 0,
  };
}
