import { METRIC_NAMES, METRICS } from '@plumbline/contracts';

/** A request, and what its answer must be. */
export interface OddRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: string | Buffer;
  /** Of a batch: whether each of its readings is right. */
  readonly rightReadings: readonly boolean[] | null;
  /** `refused`: any status from 400 to 499. */
  readonly expected: 200 | 400 | 'refused';
}

const JSON_TYPE = { 'content-type': 'application/json' };
const POSTS = ['/detect', '/detect/temperature', '/detect/vibration'] as const;
const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  '',
  '21',
  [21],
  {},
  -0,
  5e-324,
  1e308,
  -1e308,
  0.1 + 0.2,
  '2026-02-30T00:00:00Z',
  '2026-01-01T00:00:00Z[Europe/Paris]',
  '2026-01-01T00:00:00+01:00',
  '2026-01-01t00:00:00.123456z',
  '2016-12-31T23:59:60Z',
  '9999-12-31T23:59:59Z',
  '0000-01-01T00:00:00Z',
  'a b',
  'x'.repeat(65),
  '\u0000',
  '🏭',
  { floor: 1.5 },
  { floor: 1, type: 'office' },
  { building: 'A', extra: 1 },
];
const BODIES = [
  '',
  '{',
  '[]',
  '"x"',
  'null',
  '{"__proto__":{}}',
  '{"device_id":1e999}',
  '{"a":1,}',
];
const TYPES = ['text/plain', 'application/xml', 'application/json; charset=latin1', '', '\u007f'];

/** Makes one request: right, nearly right, or nothing like it. `random` gives [0, 1). */
export function oddRequest(random: () => number, nowMs: number): OddRequest {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const kind = random();
  if (kind < 0.55) return single(pick(POSTS));
  if (kind < 0.8) return batch();
  if (kind < 0.9) return garbage();
  return {
    ...plain('GET', pick(['/health', '/ready', '/models', '/api/status', '/metrics'])),
    expected: 200,
  };

  function single(url: (typeof POSTS)[number]): OddRequest {
    const payload = JSON.stringify(reading(false));
    // What the server reads, which JSON made of the input: -0 is 0.
    const input = JSON.parse(payload);
    const metric = url.slice('/detect/'.length);
    const isRight = isRightReading(input, nowMs, false) && (metric === '' || metric in input);
    return { ...plain('POST', url), payload, expected: isRight ? 200 : 400 };
  }

  function batch(): OddRequest {
    const readings = Array.from({ length: Math.floor(4 * random()) }, () => reading(true));
    const explain = pick([undefined, 'all', 'anomalies', 'most']);
    const payload = JSON.stringify({ readings, explain });
    if (explain === 'most') return { ...plain('POST', '/detect/batch'), payload, expected: 400 };
    const inputs: unknown[] = JSON.parse(payload).readings;
    const rightReadings = inputs.map((input) => isRightReading(input, nowMs, true));
    return { ...plain('POST', '/detect/batch'), payload, rightReadings, expected: 200 };
  }

  function garbage(): OddRequest {
    const url = pick([
      ...POSTS,
      '/detect/batch',
      '/nowhere',
      '/models/%2e%2e/card',
      '/..',
      '/detect?x=%',
    ]);
    if (random() < 0.3)
      return { ...plain(pick(['PUT', 'DELETE']), url), payload: '', expected: 'refused' };
    const headers = random() < 0.3 ? { 'content-type': pick(TYPES) } : JSON_TYPE;
    const bytes = Buffer.from(Array.from({ length: 20 }, () => Math.floor(256 * random())));
    const payload = random() < 0.5 ? pick(BODIES) : bytes;
    return { ...plain('POST', url), headers, payload, expected: 'refused' };
  }

  function plain(method: OddRequest['method'], url: string): OddRequest {
    const isGet = method === 'GET';
    return {
      method,
      url,
      headers: isGet ? {} : JSON_TYPE,
      payload: '',
      rightReadings: null,
      expected: 400,
    };
  }

  function reading(mayHaveId: boolean): unknown {
    if (random() < 0.02) return pick(ODD_VALUES);
    const input: Record<string, unknown> = { device_id: `d${Math.floor(1_000 * random())}` };
    for (const name of METRIC_NAMES) {
      const { min, max } = METRICS[name];
      if (random() < 0.15) input[name] = min + (max - min) * random();
    }
    if (random() < 0.7) input.timestamp = new Date(nowMs - 1e9 * random()).toISOString();
    if (mayHaveId && random() < 0.5) input.reading_id = `r${random()}`;
    if (random() < 0.3) input.place = { building: 'A', floor: 1, type: 'office' };
    while (random() < 0.3) input[pick(fields)] = pick(ODD_VALUES);
    if (random() < 0.05) delete input[pick(fields)];
    return input;
  }
}

const fields = ['device_id', 'timestamp', 'place', 'reading_id', 'surplus', ...METRIC_NAMES];

/** Written apart from the schema: what a reading is, in plain words. */
export function isRightReading(input: unknown, nowMs: number, mayHaveId: boolean): boolean {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false;
  const { device_id, timestamp, place, reading_id, ...rest } = input as Record<string, unknown>;
  if (typeof device_id !== 'string' || !/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(device_id)) {
    return false;
  }
  if ('timestamp' in input && !isTime(timestamp, nowMs)) return false;
  if ('place' in input && !isPlace(place)) return false;
  if ('reading_id' in input && !(mayHaveId && isText(reading_id, 128))) return false;
  const metrics = Object.entries(rest);
  return 0 < metrics.length && metrics.every(([name, value]) => isMetric(name, value));
}

function isTime(value: unknown, nowMs: number): boolean {
  const form = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
  if (typeof value !== 'string' || 40 < value.length || !form.test(value)) return false;
  const day = Number(value.slice(8, 10));
  if (new Date(`${value.slice(0, 10)}T00:00:00Z`).getUTCDate() !== day) return false;
  return Date.parse(value) <= nowMs + 600_000;
}

function isPlace(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(value).every(([key, one]) =>
    key === 'floor'
      ? Number.isInteger(one) && Math.abs(one as number) <= 1_000
      : ['building', 'room', 'type'].includes(key) && isText(one, 64),
  );
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === 'string' && 0 < value.length && value.length <= maxLength;
}

function isMetric(name: string, value: unknown): boolean {
  const metric = METRICS[name as keyof typeof METRICS];
  if (metric === undefined || typeof value !== 'number' || !Number.isFinite(value)) return false;
  return metric.min <= value && value <= metric.max;
}
