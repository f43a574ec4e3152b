import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

const LIFE_MS = 3_600_000;
const RENEW_BEFORE_MS = 300_000;

/**
 * Signs the tokens that pushes carry, with a key of its own. A function verifies them as it does in
 * production, with the public keys from the emulator instead of Google's.
 *
 * Source: https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions
 */
export class TokenSigner {
  readonly #now: () => number;
  readonly #tokens = new Map<string, { token: string; expiresAtMs: number }>();
  #keys: { privateKey: KeyObject; publicKey: KeyObject; id: string } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A JSON Web Token (RS256) that is valid for at least another five minutes. */
  token(email: string, audience: string): string {
    const nowMs = this.#now();
    const key = `${email} ${audience}`;
    const known = this.#tokens.get(key);
    if (known !== undefined && nowMs < known.expiresAtMs - RENEW_BEFORE_MS) return known.token;
    const token = this.#sign(email, audience, nowMs);
    this.#tokens.set(key, { token, expiresAtMs: nowMs + LIFE_MS });
    return token;
  }

  /** The public key as a JSON Web Key Set, as https://www.googleapis.com/oauth2/v3/certs. */
  keySet(): object {
    const { publicKey, id } = this.#keyPair();
    return {
      keys: [{ ...publicKey.export({ format: 'jwk' }), kid: id, alg: 'RS256', use: 'sig' }],
    };
  }

  /** The public key in PEM by its id, as https://www.googleapis.com/oauth2/v1/certs. */
  pemKeys(): object {
    const { publicKey, id } = this.#keyPair();
    return { [id]: publicKey.export({ type: 'spki', format: 'pem' }) };
  }

  #sign(email: string, audience: string, nowMs: number): string {
    const { privateKey, id } = this.#keyPair();
    const issuedAt = Math.floor(nowMs / 1000);
    const claims = {
      aud: audience,
      azp: subjectOf(email),
      email,
      email_verified: true,
      exp: issuedAt + LIFE_MS / 1000,
      iat: issuedAt,
      iss: 'https://accounts.google.com',
      sub: subjectOf(email),
    };
    const text = `${encode({ alg: 'RS256', kid: id, typ: 'JWT' })}.${encode(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  }

  /** Made when first needed: it takes a tenth of a second, which most runs need not spend. */
  #keyPair() {
    if (this.#keys === undefined) {
      const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const der = pair.publicKey.export({ type: 'spki', format: 'der' });
      this.#keys = { ...pair, id: createHash('sha1').update(der).digest('hex') };
    }
    return this.#keys;
  }
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Google's subject is the account's number; here a number that is always the same for an account. */
function subjectOf(email: string): string {
  const digest = createHash('sha256').update(email).digest();
  return `1${(digest.readBigUInt64BE() % 10n ** 20n).toString().padStart(20, '0')}`;
}
