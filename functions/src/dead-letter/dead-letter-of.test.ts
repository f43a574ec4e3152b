import { encodeMessage, type Reading } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { deadLetterOf } from './dead-letter-of.ts';

const letter = (attributes: Record<string, string>, data: Buffer = Buffer.from('?')) =>
  deadLetterOf({ messageId: 'm', data, attributes });

test('what a gateway could not read has the reason that it gives', () => {
  const attributes = {
    source: 'mqtt',
    topic: 'floor/1',
    reason: 'invalid_field',
    detail: 'no hex',
  };
  expect(letter(attributes)).toEqual({
    index: 0,
    reason: 'invalid_field',
    detail: 'no hex (mqtt floor/1)',
    payload: '?',
    isTruncated: false,
  });
});

test('a reason that is none of ours is not believed', () => {
  expect(letter({ reason: 'toString', detail: 'x' }).reason).toBe('undeliverable');
  expect(letter({ reason: 'bad luck' }).reason).toBe('undeliverable');
});

test('what Pub/Sub gave up on is undeliverable, whatever its producer wrote on it', () => {
  const attributes = {
    reason: 'not_json',
    CloudPubSubDeadLetterSourceSubscription: 'readings-ingest',
    CloudPubSubDeadLetterSourceDeliveryCount: '100',
  };
  const { reason, detail } = letter(attributes);
  expect(reason).toBe('undeliverable');
  expect(detail).toBe('subscription readings-ingest, 100 delivery attempts');
});

test('the payload can be read, and published again, though the message was compressed', () => {
  const readings = Array.from(
    { length: 50 },
    (_, index): Reading => ({
      readingId: `r${index}`,
      deviceId: 'd',
      measuredAtMs: 0,
      metrics: { co2: 400 },
      place: {},
    }),
  );
  const { payload } = letter({}, encodeMessage(readings));
  expect(JSON.parse(payload)).toHaveLength(50);
});
