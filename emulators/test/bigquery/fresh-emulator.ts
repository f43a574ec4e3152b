import { afterEach, beforeEach } from 'vitest';
import {
  type BigQueryEmulator,
  type BigQueryOptions,
  startBigQuery,
} from '../../src/bigquery/index.ts';
import type { Plain } from './reference.ts';
import { ask } from './rest.ts';

/** A fresh emulator for each test of the file, with the dataset `demo.d`. */
export interface Fresh {
  emulator(): BigQueryEmulator;
  url(): string;
  /** The rows of a statement or script. Throws what is wrong with it. */
  rows(sql: string): Promise<Plain[][]>;
  /** What is wrong with a statement or script. */
  message(sql: string): Promise<string>;
  /** A call of the REST API below `/projects/demo`. */
  rest(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}

export function freshEmulator(options: () => BigQueryOptions = () => ({})): Fresh {
  let running: BigQueryEmulator | undefined;
  const emulator = (): BigQueryEmulator => {
    if (running === undefined) throw new Error('the emulator runs only within a test');
    return running;
  };
  const url = (): string => emulator().env.BIGQUERY_EMULATOR_HOST ?? '';
  const rows = async (sql: string): Promise<Plain[][]> => {
    const answer = await ask(url(), sql);
    if ('error' in answer) throw new Error(`${answer.error}: ${sql}`);
    return answer.rows;
  };
  beforeEach(async () => {
    running = await startBigQuery(options());
    await rows('CREATE SCHEMA d');
  });
  afterEach(() => running?.stop());
  return {
    emulator,
    url,
    rows,
    message: async (sql) => {
      const answer = await ask(url(), sql);
      return 'error' in answer ? answer.error : `no error: ${JSON.stringify(answer.rows)}`;
    },
    rest: async (method, path, body) => {
      const response = await fetch(`${url()}/projects/demo${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? {} : JSON.parse(text) };
    },
  };
}
