import { createServer, type IncomingMessage } from 'node:http';
import { BigQuery, type Table } from '@google-cloud/bigquery';
import { PubSub, type Topic } from '@google-cloud/pubsub';
import { listenOnLoopback } from '../../src/loopback.ts';
import { type Emulators, start } from '../../src/start.ts';

export interface Report {
  readonly messages: number;
  /** How often publishing was given up by the client and tried anew by the publisher. */
  readonly publishedAgain: number;
  /** Requests that the push endpoint got, and those it answered with 503. */
  readonly pushes: number;
  readonly pushesRefused: number;
  /** How often each fault befell a call. */
  readonly faults: Readonly<Record<string, number>>;
  readonly rows: number;
  readonly lost: number;
  /** Rows beyond the first of a message: delivery is at least once. */
  readonly twice: number;
  /** Rows with another content than was published. */
  readonly wrong: number;
  readonly seconds: number;
}

const PROJECT = 'demo';
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/store`;
const INSERT = 'bigquery.tabledata.insertAll';
/** Messages that wait for their push, at most: they do so in memory. */
const MAX_WAITING = 20_000;
const MAX_INSERTS = 4;
const MAX_BATCH = 500;

/**
 * Sends numbered messages through Google's Pub/Sub client, a push subscription to an HTTP server,
 * and Google's BigQuery client's `insert`, while each kind of fault befalls the share `rate` of all
 * publishes, pushes and inserts. A push is acknowledged once its row is inserted.
 */
export async function sendMessages(
  messages: number,
  rate: number,
  tell: (line: string) => void,
): Promise<Report> {
  const startedAt = performance.now();
  const emulators = await start();
  Object.assign(process.env, emulators.env, { METADATA_SERVER_DETECTION: 'none' });
  // A refused insert goes back to Pub/Sub at once: that it comes again is what is tried here.
  const bigquery = new BigQuery({ projectId: PROJECT, autoRetry: false });
  const client = new PubSub({ projectId: PROJECT });
  const [dataset] = await bigquery.createDataset('iot');
  const [table] = await dataset.createTable('numbers', { schema: 'id:integer, half:float' });
  const endpoint = await startEndpoint(table);
  const [topic] = await client.createTopic('numbers');
  await topic.createSubscription('store', {
    pushEndpoint: endpoint.url,
    retryPolicy: { minimumBackoff: { nanos: 1e8 }, maximumBackoff: { seconds: 1 } },
  });
  setFaults(emulators, rate);
  const talk = setInterval(() => {
    tell(`${endpoint.counts.inserted} rows inserted for ${messages} messages`);
  }, 10_000);
  try {
    const publishedAgain = await publishAll(topic, messages, emulators);
    await emulators.settled();
    // Messages that wait for their retry are not settled yet.
    while (0 < emulators.pubsub.backlog(SUBSCRIPTION).size) {
      emulators.advance(1000);
      await emulators.settled();
    }
    const { pushes, refused } = endpoint.counts;
    return {
      messages,
      publishedAgain,
      pushes,
      pushesRefused: refused,
      faults: { ...emulators.pubsub.faultCounts(), ...emulators.bigquery.faultCounts() },
      ...(await count(bigquery, messages)),
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
  } finally {
    clearInterval(talk);
    await client.close();
    await endpoint.stop();
    await emulators.stop();
  }
}

function setFaults({ pubsub, bigquery }: Emulators, rate: number): void {
  const latency = { kind: 'latency', latencyMs: 50, rate } as const;
  const cuts = [
    { kind: 'cut-before', rate },
    { kind: 'cut-after', rate },
  ] as const;
  const refused = { kind: 'status', status: 'UNAVAILABLE', rate } as const;
  const ofPubSub = [latency, ...cuts, refused, { kind: 'duplicate', rate }] as const;
  const ofBigQuery = [
    latency,
    ...cuts,
    { kind: 'error', reason: 'backendError', rate },
    { kind: 'partial-error', rate },
  ] as const;
  pubsub.setFaults(
    ['Publish', 'push'].flatMap((method) => ofPubSub.map((fault) => ({ method, ...fault }))),
  );
  bigquery.setFaults(ofBigQuery.map((fault) => ({ method: INSERT, ...fault })));
}

interface Counts {
  pushes: number;
  refused: number;
  inserted: number;
}

/** Publishes each number until the client says that it is stored. Gives how often it had to repeat. */
async function publishAll(topic: Topic, messages: number, { pubsub }: Emulators): Promise<number> {
  let next = 0;
  let again = 0;
  const publishSome = async () => {
    while (next < messages) {
      if (MAX_WAITING < pubsub.backlog(SUBSCRIPTION).size) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const id = next;
      next += 1;
      while (!(await publish(topic, id))) again += 1;
    }
  };
  await Promise.all(Array.from({ length: 2000 }, publishSome));
  return again;
}

async function publish(topic: Topic, id: number): Promise<boolean> {
  try {
    await topic.publishMessage({ json: { id, half: id / 2 } });
    return true;
  } catch {
    return false;
  }
}

interface Waiting {
  readonly row: { readonly id: number; readonly half: number };
  readonly done: (isInserted: boolean) => void;
}

/** An HTTP server that inserts what is pushed to it, many rows in one request, before it answers. */
async function startEndpoint(table: Table) {
  const counts: Counts = { pushes: 0, refused: 0, inserted: 0 };
  const waiting: Waiting[] = [];
  let insertsRunning = 0;

  async function insertWaiting(): Promise<void> {
    if (MAX_INSERTS <= insertsRunning || waiting.length === 0) return;
    insertsRunning += 1;
    const batch = waiting.splice(0, MAX_BATCH);
    const rows = batch.map(({ row }) => ({ insertId: String(row.id), json: row }));
    const isInserted = await table.insert(rows, { raw: true }).then(
      () => true,
      () => false,
    );
    insertsRunning -= 1;
    for (const { done } of batch) done(isInserted);
    void insertWaiting();
  }

  const server = createServer(async (request, response) => {
    counts.pushes += 1;
    const row = await readRow(request).catch(() => undefined);
    if (row === undefined) return;
    const isInserted = await new Promise<boolean>((done) => {
      waiting.push({ row, done });
      setImmediate(insertWaiting);
    });
    if (isInserted) counts.inserted += 1;
    else counts.refused += 1;
    response.writeHead(isInserted ? 204 : 503).end();
  });
  const port = await listenOnLoopback(server, 0, 'none');
  return {
    url: `http://127.0.0.1:${port}/`,
    counts,
    stop() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readRow(request: IncomingMessage): Promise<Waiting['row']> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { message } = JSON.parse(String(Buffer.concat(chunks)));
  return JSON.parse(String(Buffer.from(message.data, 'base64')));
}

async function count(bigquery: BigQuery, messages: number) {
  const [[found]] = await bigquery.query({
    query: `SELECT COUNT(*) AS stored, COUNT(DISTINCT id) AS numbers, COUNTIF(half != id / 2) AS wrong
      FROM iot.numbers WHERE 0 <= id AND id < @messages`,
    params: { messages },
  });
  const { stored, numbers, wrong } = found as Record<'stored' | 'numbers' | 'wrong', number>;
  return { rows: stored, lost: messages - numbers, twice: stored - numbers, wrong };
}
