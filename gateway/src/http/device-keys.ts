import { createHash } from 'node:crypto';
import { ConfigError } from '@plumbline/contracts';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';

/** A key that may send readings, as its SHA-256: whoever reads the file cannot use it. */
export const DeviceKey = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-z0-9-]{0,63}$' }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    devices: Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\\*?$|^\\*$' }), {
      minItems: 1,
      description: 'ids of the devices that it may speak for; a trailing * stands for any rest',
    }),
    readings_per_second: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e6 })),
  },
  { additionalProperties: false },
);
export type DeviceKey = Static<typeof DeviceKey>;

const keysCheck = Compile(Type.Array(DeviceKey, { minItems: 1 }));

/** @throws ConfigError that names the first wrong field, never a key */
export function parseDeviceKeys(text: string): readonly DeviceKey[] {
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    throw new ConfigError(['DEVICE_KEYS_FILE is not JSON']);
  }
  if (!keysCheck.Check(input)) {
    const [first] = keysCheck.Errors(input);
    throw new ConfigError([`DEVICE_KEYS_FILE${first?.instancePath} ${first?.message}`]);
  }
  return input;
}

/** The key that a request brings in `Authorization: Bearer`; undefined if it brings none that is known. */
export function findDeviceKey(
  keys: readonly DeviceKey[],
  authorization: string | undefined,
): DeviceKey | undefined {
  const [, given] = /^Bearer (\S{1,4096})$/.exec(authorization ?? '') ?? [];
  if (given === undefined) return undefined;
  const sha256 = createHash('sha256').update(given).digest('hex');
  return keys.find((key) => key.sha256 === sha256);
}

export function maySpeakFor(key: DeviceKey, deviceId: string): boolean {
  return key.devices.some((device) =>
    device.endsWith('*') ? deviceId.startsWith(device.slice(0, -1)) : deviceId === device,
  );
}
