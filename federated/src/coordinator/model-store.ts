import type { Bucket } from '@google-cloud/storage';
import { type Shape, shapeFor, weightCount } from '../model/autoencoder.ts';
import { decodeWeights, encodeWeights } from '../wire.ts';

/** A global model as Cloud Storage keeps it: plain data, immutable, one object a round. */
export interface GlobalModel {
  readonly fleet: string;
  readonly round: number;
  readonly noisyRounds: number;
  readonly shape: Shape;
  readonly weights: Float64Array;
}

export interface GlobalModelStore {
  /** The model of the last round; undefined if there was none. @throws Error if it is no model of ours */
  load(fleet: string): Promise<GlobalModel | undefined>;
  /** Writes the round's object, and then the pointer to it. Writing the same round again is harmless. */
  save(model: GlobalModel): Promise<void>;
}

const FORMAT = 1;

/** `federated/{fleet}/rounds/{round}.json`, and `federated/{fleet}/current.json`, which is a copy of the newest. */
export function openGlobalModels(bucket: Bucket): GlobalModelStore {
  return {
    async load(fleet) {
      const file = bucket.file(`federated/${fleet}/current.json`);
      const [exists] = await file.exists();
      if (!exists) return undefined;
      const [bytes] = await file.download();
      return parseGlobalModel(bytes.toString('utf8'), fleet);
    },
    async save(model) {
      const { fleet, round, noisyRounds, shape } = model;
      const text = JSON.stringify({
        format: FORMAT,
        fleet,
        round,
        noisy_rounds: noisyRounds,
        shape,
        weights: encodeWeights(model.weights),
      });
      const name = String(round).padStart(6, '0');
      const options = { resumable: false, contentType: 'application/json' };
      await bucket.file(`federated/${fleet}/rounds/${name}.json`).save(text, options);
      await bucket.file(`federated/${fleet}/current.json`).save(text, options);
    },
  };
}

function parseGlobalModel(text: string, fleet: string): GlobalModel {
  const model = JSON.parse(text) as Record<string, unknown>;
  const shape = model.shape as number[];
  const isKnown =
    model.format === FORMAT && model.fleet === fleet && Number.isSafeInteger(model.round);
  if (!isKnown || JSON.stringify(shape) !== JSON.stringify(shapeFor(shape?.[0] ?? 0))) {
    throw new Error(`federated/${fleet}/current.json is not a model of format ${FORMAT}`);
  }
  const weights = decodeWeights(String(model.weights), weightCount(shape));
  if (typeof weights === 'string') throw new Error(`federated/${fleet}/current.json: ${weights}`);
  return {
    fleet,
    round: model.round as number,
    noisyRounds: Number(model.noisy_rounds ?? 0),
    shape,
    weights,
  };
}
