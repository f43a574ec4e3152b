import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPubSub } from '../../src/pubsub/index.ts';
import { findGoogleEmulator, startGoogleEmulator } from './google-emulator.ts';
import { GOOGLE_EMULATOR_DIFFERS } from './known-differences.ts';
import { session } from './session.ts';

const google = findGoogleEmulator();

/** What the cases of a group work with. */
export interface Peer {
  /** Declares a case; Google's emulator must fail it where it is a known difference. */
  check(name: string, body: () => Promise<void>): void;
  /** Google's clients on the server of the group, with a project of their own. */
  open(): ReturnType<typeof session>;
}

/**
 * What Google documents of Pub/Sub, asked of this emulator and, where it is installed, of Google's
 * own, whose known differences must still be there.
 */
export function contract(
  group: keyof typeof GOOGLE_EMULATOR_DIFFERS,
  declare: (peer: Peer) => void,
): void {
  if ('reason' in google) console.log(`Google's emulator is not tested: ${google.reason}`);
  const differs: Readonly<Record<string, string>> = GOOGLE_EMULATOR_DIFFERS[group];
  const checked = new Set<string>();

  describe.each([
    { peer: 'ours', start: async () => startPubSub() },
    ...('jar' in google
      ? [{ peer: "Google's emulator", start: () => startGoogleEmulator(google.jar) }]
      : []),
  ])('$peer', ({ peer, start }) => {
    let server: Awaited<ReturnType<typeof start>>;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());
    declare({
      open: () => session(server.host),
      check(name, body) {
        const isDifference = peer !== 'ours' && name in differs;
        (isDifference ? test.fails : test)(name, body);
        checked.add(name);
      },
    });
  });

  test('every known difference is a case above', () => {
    expect(Object.keys(differs).filter((name) => !checked.has(name))).toEqual([]);
  });
}
