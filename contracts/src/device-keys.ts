import { createHash, timingSafeEqual } from 'node:crypto';

/** A key that devices speak with, as its SHA-256: whoever reads the file cannot use it. */
export interface DeviceKey {
  readonly name: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Ids of the devices that it may speak for; a trailing * stands for any rest. */
  readonly devices: readonly string[];
  /** How much it may send through a gateway; undefined for as much as that gateway allows. */
  readonly readingsPerSecond?: number;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const DEVICES = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\*?$|^\*$/;
const FIELDS = ['name', 'sha256', 'devices', 'readings_per_second'];
const MAX_READINGS_PER_SECOND = 1e6;

/**
 * Reads a file of keys: a JSON array of `{ name, sha256, devices, readings_per_second? }`.
 *
 * Throws an Error that names the first wrong field, never a key.
 */
export function parseDeviceKeys(text: string): readonly DeviceKey[] {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
  if (!Array.isArray(input) || input.length === 0) throw new Error('expected an array of keys');
  return input.map(toDeviceKey);
}

function toDeviceKey(input: unknown, index: number): DeviceKey {
  const fields = (input ?? {}) as Record<string, unknown>;
  const wrong = (field: string, wanted: string) =>
    new Error(`/${index}/${field} must be ${wanted}`);
  const unknown = Object.keys(fields).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw wrong(unknown, `left out: known are ${FIELDS.join(', ')}`);
  const { name, sha256, devices, readings_per_second: rate } = fields;
  if (typeof name !== 'string' || !NAME.test(name)) throw wrong('name', 'lower case, up to 64');
  if (typeof sha256 !== 'string' || !SHA256.test(sha256)) throw wrong('sha256', '64 hex digits');
  const isList = Array.isArray(devices) && devices.length > 0;
  if (!isList || !devices.every((id) => typeof id === 'string' && DEVICES.test(id))) {
    throw wrong('devices', 'a list of device ids, or of beginnings with a *');
  }
  if (rate === undefined) return { name, sha256, devices };
  if (typeof rate !== 'number' || !(0 < rate && rate <= MAX_READINGS_PER_SECOND)) {
    throw wrong('readings_per_second', `above 0, at most ${MAX_READINGS_PER_SECOND}`);
  }
  return { name, sha256, devices, readingsPerSecond: rate };
}

/** The key that a request brings in `Authorization: Bearer`; undefined if it brings none that is known. */
export function findDeviceKey(
  keys: readonly DeviceKey[],
  authorization: string | undefined,
): DeviceKey | undefined {
  const [, given] = /^Bearer (\S{1,4096})$/.exec(authorization ?? '') ?? [];
  if (given === undefined) return undefined;
  const sum = createHash('sha256').update(given).digest();
  return keys.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), sum));
}

export function maySpeakFor({ devices }: DeviceKey, deviceId: string): boolean {
  return devices.some((device) =>
    device.endsWith('*') ? deviceId.startsWith(device.slice(0, -1)) : deviceId === device,
  );
}
