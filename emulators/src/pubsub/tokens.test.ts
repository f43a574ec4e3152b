import { OAuth2Client } from 'google-auth-library';
import { expect, onTestFinished, test } from 'vitest';
import { endpoint, session } from '../../conformance/pubsub/session.ts';
import { startPubSub } from './index.ts';

test('a function verifies the token of a push with Google’s library, as in production', async () => {
  const { url, requests } = await endpoint(() => 204);
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const { publisher, subscriber, topic, subscription, publish } = session(emulator.host);
  await publisher.createTopic({ name: topic('readings') });
  const serviceAccountEmail = 'push@p.iam.gserviceaccount.com';
  await subscriber.createSubscription({
    name: subscription('push'),
    topic: topic('readings'),
    pushConfig: { pushEndpoint: url, oidcToken: { serviceAccountEmail, audience: 'ingest' } },
  });
  await publish('readings', 'a');
  await emulator.settled();
  const [, idToken = ''] = String(requests[0]?.headers.authorization).split(' ');

  // All that differs from production is where the keys are.
  const verifier = new OAuth2Client({
    endpoints: { oauth2FederatedSignonPemCertsUrl: emulator.pemKeysUrl },
  });
  const ticket = await verifier.verifyIdToken({ idToken, audience: 'ingest' });
  expect(ticket.getPayload()).toMatchObject({ email: serviceAccountEmail, email_verified: true });
  await expect(verifier.verifyIdToken({ idToken, audience: 'another' })).rejects.toThrow(
    'Wrong recipient',
  );
  const forged = `${idToken.slice(0, -4)}AAAA`;
  await expect(verifier.verifyIdToken({ idToken: forged, audience: 'ingest' })).rejects.toThrow(
    'Invalid token signature',
  );
});

test('the same key is served as a JSON Web Key Set', async () => {
  const emulator = await startPubSub();
  onTestFinished(() => emulator.stop());
  const reply = await fetch(emulator.keysUrl);
  expect(await reply.json()).toEqual({
    keys: [
      {
        kty: 'RSA',
        alg: 'RS256',
        use: 'sig',
        e: 'AQAB',
        n: expect.any(String),
        kid: expect.any(String),
      },
    ],
  });
});
