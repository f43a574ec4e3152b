import { createHash, timingSafeEqual } from 'node:crypto';

/** A key that a client speaks with, as its SHA-256: whoever reads the file cannot use it. */
export interface ClientKey {
  readonly name: string;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
  /** Ids of the devices that it may speak for; a trailing * stands for any rest. */
  readonly devices: readonly string[];
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const DEVICES = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\*?$|^\*$/;

/** Reads the same file as the HTTP gateway's keys. @throws Error that names the first wrong field, never a key */
export function parseClientKeys(text: string): readonly ClientKey[] {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new Error('not JSON');
  }
  if (!Array.isArray(input) || input.length === 0) throw new Error('expected an array of keys');
  return input.map((item, index) => {
    const { name, sha256, devices } = (item ?? {}) as Record<string, unknown>;
    const wrong = (field: string, wanted: string) =>
      new Error(`/${index}/${field} must be ${wanted}`);
    if (typeof name !== 'string' || !NAME.test(name)) throw wrong('name', 'lower case, up to 64');
    if (typeof sha256 !== 'string' || !SHA256.test(sha256)) throw wrong('sha256', '64 hex digits');
    const isList = Array.isArray(devices) && 0 < devices.length;
    if (!isList || !devices.every((id) => typeof id === 'string' && DEVICES.test(id))) {
      throw wrong('devices', 'a list of device ids, or of beginnings with a *');
    }
    return { name, sha256, devices };
  });
}

/** What the bearer of a key may do: undefined if the key is not known. */
export function findClientKey(
  keys: readonly ClientKey[],
  authorization: string | undefined,
): ClientKey | undefined {
  const [, given] = /^Bearer (\S{1,4096})$/.exec(authorization ?? '') ?? [];
  if (given === undefined) return undefined;
  const sum = createHash('sha256').update(given).digest();
  return keys.find(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, 'hex'), sum));
}

export function maySpeakFor({ devices }: ClientKey, clientId: string): boolean {
  return devices.some((device) =>
    device.endsWith('*') ? clientId.startsWith(device.slice(0, -1)) : clientId === device,
  );
}
