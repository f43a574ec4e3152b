import { encodeMessage, TABLES } from '@plumbline/contracts';
import { createFleet, PROFILES } from '@plumbline/simulator';
import { expect, test } from 'vitest';
import { predictionRow } from '../../../functions/src/detect/decision-rows.ts';
import { readingRow } from '../../../functions/src/ingest/reading-row.ts';
import { createRowEncoder } from '../../../functions/src/platform/row-encoder.ts';
import { messageBytes, ROW_BYTES } from './units.ts';

/** What is counted must stay what the encoders make: a tenth more or less is not worth a new number. */
const TOLERANCE = 0.1;

const fleet = createFleet({ profile: PROFILES.building, devices: 100 });
const hours = { fromMs: Date.UTC(2026, 10, 20, 9), toMs: Date.UTC(2026, 10, 20, 15) };
const readings = [...fleet.readings(hours)].slice(0, 500);
const [reading] = readings;
const at = hours.toMs;

test.each([1, 5, 10, 50, 100, 500])(
  'a message of %i readings has the bytes it is said to have',
  (count) => {
    const { byteLength } = encodeMessage(readings.slice(0, count));
    expect(Math.abs(messageBytes(count) / byteLength - 1)).toBeLessThan(TOLERANCE);
  },
);

test('between the counts it grows with every reading', () => {
  for (let count = 2; count <= 500; count++) {
    expect(messageBytes(count)).toBeGreaterThan(messageBytes(count - 1));
  }
});

test('rows have the bytes they are said to have', () => {
  if (reading === undefined) throw new Error('the fleet is silent');
  const stored = createRowEncoder(TABLES.readings_raw.columns).encode(
    readingRow(reading, '12345678901234567', at).values,
  );
  const decision = {
    is_anomaly: false,
    score: 0.51,
    threshold: 0.62,
    severity: 'normal',
    anomaly_types: [],
    detectors: [],
    model_version: '20261120T090000Z-1234abcd',
  };
  const predicted = createRowEncoder(TABLES.predictions.columns).encode(
    predictionRow({ reading, decision: decision as never }, at).values,
  );
  expect(Math.abs(ROW_BYTES.reading / stored.byteLength - 1)).toBeLessThan(TOLERANCE);
  expect(Math.abs(ROW_BYTES.prediction / predicted.byteLength - 1)).toBeLessThan(TOLERANCE);
});
