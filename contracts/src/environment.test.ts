import { expect, test } from 'vitest';
import { readEnvironment } from './environment.ts';

test('every wrong variable is listed at once, with what was expected', () => {
  const read = readEnvironment({ PORT: 'eighty', RATE: '-1', MODE: 'fast' });
  read.string('GOOGLE_CLOUD_PROJECT');
  read.integer('PORT', { min: 0, max: 65_535, fallback: 8000 });
  read.number('RATE', { min: 0, max: 1, fallback: 0.5 });
  read.oneOf('MODE', ['managed', 'manual'], 'managed');
  expect(() => read.done()).toThrowError(
    [
      'wrong configuration:',
      '  - GOOGLE_CLOUD_PROJECT is required',
      '  - PORT must be a whole number from 0 to 65535, got "eighty"',
      '  - RATE must be a number from 0 to 1, got "-1"',
      '  - MODE must be one of managed, manual, got "fast"',
    ].join('\n'),
  );
});

test('what is missing has its fallback', () => {
  const read = readEnvironment({ PORT: '' });
  expect(read.integer('PORT', { min: 0, max: 65_535, fallback: 8000 })).toBe(8000);
  expect(read.string('NAME', 'plumbline')).toBe('plumbline');
  read.done();
});
