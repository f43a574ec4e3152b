import type { Bucket } from '@google-cloud/storage';
import type { BatchResponse, BatchResult, DetectResponse } from '@plumbline/contracts';
import { expect, onTestFinished } from 'vitest';
import { parseApiKeys } from '../src/serve/access.ts';
import { readServeConfig } from '../src/serve/config.ts';
import { type LogEntry, requestFields } from '../src/serve/request-log.ts';
import { type Served, serve } from '../src/serve/serve.ts';
import type { ReadingHistory } from '../src/warehouse/reading-history.ts';

export type BatchDecision = Extract<BatchResult, { is_anomaly: boolean }>;

export interface TestServer extends Served {
  readonly url: string;
  readonly logged: readonly LogEntry[];
  post(path: string, body: unknown): Promise<Response>;
  get(path: string): Promise<Response>;
  detect(reading: object, path?: string): Promise<DetectResponse>;
  /** The decisions of a batch whose readings are all right. */
  batch(readings: readonly object[]): Promise<BatchDecision[]>;
}

/** The real server on a free port of this machine, which stops when the test ends. */
export async function startServer(
  bucket: Bucket,
  env: Readonly<Record<string, string>> = {},
  { apiKeys = '[]', warehouse }: { apiKeys?: string; warehouse?: ReadingHistory } = {},
): Promise<TestServer> {
  const logged: LogEntry[] = [];
  const config = readServeConfig({
    GOOGLE_CLOUD_PROJECT: 'test',
    PORT: '0',
    MODEL_RELOAD_SECONDS: '3600',
    ...env,
  });
  const served = await serve(config, {
    keys: parseApiKeys(apiKeys),
    checkIdToken: null,
    bucket,
    log: (entry) => logged.push(entry),
    logRequest: (line) => logged.push(JSON.parse(`{${requestFields(line)}}`)),
    openWarehouse: async () => {
      if (warehouse === undefined) throw new Error('this test has no warehouse');
      return warehouse;
    },
  });
  onTestFinished(() => served.stop());
  await served.model.refresh();
  const url = `http://127.0.0.1:${served.port}`;
  const get = (path: string) => fetch(`${url}${path}`);
  const post = (path: string, body: unknown) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  return {
    ...served,
    url,
    logged,
    get,
    post,
    async detect(reading, path = '/detect') {
      const answer = await post(path, reading);
      expect(answer.status).toBe(200);
      return (await answer.json()) as DetectResponse;
    },
    async batch(readings) {
      const answer = await post('/detect/batch', { readings });
      expect(answer.status).toBe(200);
      const { results } = (await answer.json()) as BatchResponse;
      return results.map((result) => {
        if ('error' in result) throw new Error(`refused: ${JSON.stringify(result.error)}`);
        return result;
      });
    },
  };
}
