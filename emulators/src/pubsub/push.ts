import { Agent, type ClientRequest, type RequestOptions, request } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { Sending } from './batch-consumer.ts';
import { around, type PubSubFaults } from './faults.ts';
import { pushRequest } from './push-request.ts';
import type { PushConfig } from './resources.ts';
import type { Subscription } from './state.ts';
import type { TokenSigner } from './tokens.ts';

/** Requests in flight to one endpoint. Google grows such a window with each success. */
const MAX_OUTSTANDING = 100;
const MAX_REPLY_BYTES = 64_000;

// https://cloud.google.com/pubsub/docs/push#receive_push
const ACKNOWLEDGING_STATUS = new Set([102, 200, 201, 202, 204]);

/** Sends messages to push endpoints over connections that are kept open. */
export class PushClient {
  readonly #faults: PubSubFaults;
  readonly #tokens: TokenSigner;
  readonly #open = new Set<ClientRequest>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_OUTSTANDING });
  readonly #secureAgent = new SecureAgent({ keepAlive: true, maxSockets: MAX_OUTSTANDING });

  constructor(faults: PubSubFaults, tokens: TokenSigner) {
    this.#faults = faults;
    this.#tokens = tokens;
  }

  /** How a push subscription sends: each message by itself. */
  sending(subscription: Subscription): Sending {
    const { name, backlog } = subscription;
    return {
      maxOutstanding: MAX_OUTSTANDING,
      maxBatch: 1,
      send: async ([delivery]) => {
        if (delivery === undefined) return [];
        const config = subscription.resource.pushConfig ?? {};
        const { headers, body } = pushRequest(name, config, delivery);
        const { ackDeadlineMs } = backlog.policy;
        const isAcknowledged = await around(this.#faults, 'push', () =>
          this.#post(config, headers, body, ackDeadlineMs),
        ).catch(() => false);
        return [isAcknowledged];
      },
    };
  }

  stop(): void {
    for (const open of this.#open) open.destroy(new Error('stopped'));
    this.#agent.destroy();
    this.#secureAgent.destroy();
  }

  /** True if the endpoint acknowledged in time. Never rejects: a broken connection is a refusal. */
  #post(
    config: PushConfig,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
    timeoutMs: number,
    isSecondTry = false,
  ): Promise<boolean> {
    const url = new URL(config.pushEndpoint as string);
    const isSecure = url.protocol === 'https:';
    const options: RequestOptions = {
      method: 'POST',
      agent: isSecure ? this.#secureAgent : this.#agent,
      headers: {
        ...headers,
        'content-length': Buffer.byteLength(body),
        'user-agent': 'CloudPubSub-Google',
        accept: 'application/json',
        ...this.#authorization(config),
      },
    };
    return new Promise((resolve) => {
      const outgoing = (isSecure ? secureRequest : request)(url, options);
      this.#open.add(outgoing);
      const timer = setTimeout(() => outgoing.destroy(new Error('too late')), timeoutMs);
      const finish = (isAcknowledged: boolean) => {
        clearTimeout(timer);
        this.#open.delete(outgoing);
        resolve(isAcknowledged);
      };
      outgoing.on('response', (reply) => {
        let size = 0;
        reply.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (MAX_REPLY_BYTES < size) outgoing.destroy();
        });
        reply.on('end', () => finish(ACKNOWLEDGING_STATUS.has(reply.statusCode ?? 0)));
        reply.on('error', () => finish(false));
      });
      // A 102 acknowledges without waiting for the final reply.
      outgoing.on('information', ({ statusCode }) => {
        if (ACKNOWLEDGING_STATUS.has(statusCode)) finish(true);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        // The endpoint may close an idle connection just as it is used again: no fault of either.
        const isStale = outgoing.reusedSocket && error.code === 'ECONNRESET' && !isSecondTry;
        if (isStale)
          this.#post(config, headers, body, timeoutMs, true).then(finish, () => finish(false));
        else finish(false);
      });
      outgoing.end(body);
    });
  }

  #authorization({ oidcToken, pushEndpoint = '' }: PushConfig): Record<string, string> {
    if (!oidcToken?.serviceAccountEmail) return {};
    const { serviceAccountEmail, audience } = oidcToken;
    const token = this.#tokens.token(serviceAccountEmail, audience || pushEndpoint);
    return { authorization: `Bearer ${token}` };
  }
}
