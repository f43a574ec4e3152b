import { expect, test } from 'vitest';
import { findTarget } from './target.ts';

test('without any variable it is the pipeline of npm start', () => {
  const { description, env } = findTarget({});
  expect(description).toBe('this machine, project plumbline-local');
  expect(env.BIGQUERY_EMULATOR_HOST).toBe('http://127.0.0.1:9050');
  expect(env.PUBSUB_EMULATOR_HOST).toBe('127.0.0.1:8085');
});

test('a project alone means Google Cloud, and nothing is pointed elsewhere', () => {
  expect(findTarget({ GOOGLE_CLOUD_PROJECT: 'acme' })).toEqual({
    description: 'Google Cloud, project acme',
    env: {},
  });
});

test('a standard variable names its emulator', () => {
  const { env } = findTarget({
    GOOGLE_CLOUD_PROJECT: 'acme',
    BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:1',
  });
  expect(env).toMatchObject({
    GOOGLE_CLOUD_PROJECT: 'acme',
    BIGQUERY_EMULATOR_HOST: 'http://127.0.0.1:1',
  });
});
