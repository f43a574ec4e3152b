import type { Reading } from '@plumbline/contracts';
import { textKey } from './random.ts';

const SPREAD = 16;

/**
 * The gateway that a device reports through: that of its floor, or one of 16 when its place is unknown.
 *
 * It is the ordering key of messages: the readings of one device stay in their order.
 */
export function gatewayOf({ deviceId, place }: Pick<Reading, 'deviceId' | 'place'>): string {
  if (place.building !== undefined) return `${place.building}-${place.floor ?? 0}`;
  return `gateway-${textKey(0, deviceId) % SPREAD}`;
}
