import type { AddressInfo } from 'node:net';
import type { Log } from '@plumbline/telemetry';
import { initialWeights, shapeFor } from '../model/autoencoder.ts';
import { buildCoordinatorApp } from './app.ts';
import type { CoordinatorConfig } from './config.ts';
import { createCoordinator, type RoundRecord } from './coordinator.ts';
import type { GlobalModelStore } from './model-store.ts';
import type { RoundTables } from './round-tables.ts';
import { runRounds } from './service.ts';

export interface CoordinatorEffects {
  readonly models: GlobalModelStore;
  readonly tables: RoundTables;
  readonly log: Log;
  now(): number;
  /** In [0, 1). With noise it must not be guessable. */
  random(): number;
}

export interface RunningCoordinator {
  readonly port: number;
  history(): readonly RoundRecord[];
  stop(): Promise<void>;
}

/** Goes on where the stored model ended, or begins anew, and serves until stopped. */
export async function startCoordinator(
  config: CoordinatorConfig,
  effects: CoordinatorEffects,
): Promise<RunningCoordinator> {
  const { fleet } = config;
  const { models, tables, log, now, random } = effects;
  const shape = shapeFor(config.inputs);
  const stored = await models.load(fleet);
  if (stored !== undefined && stored.shape[0] !== config.inputs) {
    throw new Error(
      `the model of ${fleet} has ${stored.shape[0]} inputs, INPUTS is ${config.inputs}: choose another FLEET`,
    );
  }
  const coordinator = createCoordinator(
    {
      shape,
      weights: stored?.weights ?? initialWeights(shape, random),
      round: stored?.round ?? 0,
      noisyRounds: stored?.noisyRounds ?? 0,
    },
    config.rules,
    { now, random },
  );
  const stopping = new AbortController();
  const rounds = runRounds(
    coordinator,
    config.roundEveryMs,
    {
      async save(record) {
        const { round, outcome, participants, loss } = record;
        log('INFO', `round ${round}: ${outcome}`, { participants: participants.length, loss });
        const model = {
          fleet,
          round,
          noisyRounds: coordinator.noisyRounds(),
          shape,
          weights: coordinator.weights(),
        };
        await Promise.all([models.save(model), tables.save(fleet, record)]);
      },
      onTrouble: (error) => log('ERROR', `a round was not stored: ${error.message}`),
      now,
    },
    stopping.signal,
  );
  const app = buildCoordinatorApp({
    fleet,
    shape,
    coordinator,
    keys: config.keys,
    history: rounds.history,
  });
  await app.listen({ host: config.host, port: config.port });
  const { port } = app.server.address() as AddressInfo;
  log('INFO', `coordinator of ${fleet} listens on http://${config.host}:${port}`);
  return {
    port,
    history: rounds.history,
    async stop() {
      stopping.abort();
      await app.close();
      await rounds.done;
    },
  };
}
