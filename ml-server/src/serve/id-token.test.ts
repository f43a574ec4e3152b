import { createSign, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { checkIdTokens } from './id-token.ts';

const AUDIENCE = 'https://ml.example';
const CALLER = 'detect@test.iam.gserviceaccount.com';
const google = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
let nowSeconds: number;

beforeAll(() => {
  nowSeconds = Math.floor(Date.now() / 1000);
});

/** A token as Google makes them, but for the changes. */
function token(changes: object = {}, key = google.privateKey): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const head = encode({ alg: 'RS256', typ: 'JWT', kid: 'k1' });
  const payload = encode({
    iss: 'https://accounts.google.com',
    aud: AUDIENCE,
    sub: '1',
    email: CALLER,
    email_verified: true,
    iat: nowSeconds,
    exp: nowSeconds + 3600,
    ...changes,
  });
  const signature = createSign('RSA-SHA256').update(`${head}.${payload}`).sign(key, 'base64url');
  return `${head}.${payload}.${signature}`;
}

async function startCheck() {
  const pem = google.publicKey.export({ type: 'spki', format: 'pem' });
  const server = createServer((_, answer) => {
    answer.setHeader('content-type', 'application/json');
    answer.end(JSON.stringify({ k1: pem }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const { port } = server.address() as { port: number };
  const rules = { audience: AUDIENCE, emails: [CALLER] };
  return checkIdTokens(rules, `http://127.0.0.1:${port}/certs`);
}

test('a token of a known caller for this server is accepted', async () => {
  const check = await startCheck();
  expect(await check(token())).toBe(CALLER);
});

test.each([
  ['for another server', () => token({ aud: 'https://other.example' })],
  ['of someone else', () => token({ email: 'eve@example.com' })],
  ['with an address nobody verified', () => token({ email_verified: false })],
  ['that has expired', () => token({ iat: nowSeconds - 7200, exp: nowSeconds - 3600 })],
  ['of another issuer', () => token({ iss: 'https://evil.example' })],
  ['signed by another key', () => token({}, other.privateKey)],
  ['that is none', () => 'secret'],
])('a token %s is refused', async (_, make) => {
  const check = await startCheck();
  expect(await check(make())).toBeNull();
});
