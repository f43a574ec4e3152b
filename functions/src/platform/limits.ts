import { type Environment, MAX_MESSAGE_BYTES } from '@plumbline/contracts';
import type { FrameworkLimits } from './framework.ts';

/** Pub/Sub pushes up to 10 MB as base64; a message that large is read only to be dead-lettered with its reason. */
const MAX_PUSH_BODY_BYTES = 16_000_000;

/** The limits of every function: on Cloud Run (K_SERVICE is set) it listens for the platform, elsewhere for this machine only. */
export function frameworkLimits(env: Environment): FrameworkLimits {
  return {
    maxBodyBytes: Math.max(MAX_PUSH_BODY_BYTES, 2 * MAX_MESSAGE_BYTES),
    drainMs: 8_000,
    host: env.K_SERVICE === undefined ? '127.0.0.1' : undefined,
  };
}
