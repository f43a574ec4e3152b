import {
  type IsolationForest,
  type ModelBundle,
  scoreRow,
  type TrainedModel,
} from '@plumbline/detection';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { type ForeignTree, floorToFloat32, forestFromTrees } from './foreign-trees.ts';
import { ModelRefused } from './model-refused.ts';

const strict = { additionalProperties: false } as const;
const integers = Type.Array(Type.Integer());

/** A tree as scikit-learn keeps it: one entry a node, the root first; -1 as child marks a leaf. */
const SklearnTree = Type.Object(
  {
    feature: integers,
    threshold: Type.Array(Type.Number()),
    left: integers,
    right: integers,
    rows: integers,
  },
  strict,
);
type SklearnTree = Static<typeof SklearnTree>;

/** What `sklearn/export_forest.py` writes. */
const SklearnForest = Type.Object(
  {
    schema: Type.Literal('sklearn-isolation-forest/1'),
    metrics: Type.Array(Type.String(), { minItems: 1, maxItems: 1 }),
    place_type: Type.Union([Type.String(), Type.Null()]),
    features: Type.Array(Type.String()),
    max_samples: Type.Integer({ minimum: 2, maximum: 4096 }),
    threshold: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
    trees: Type.Array(SklearnTree, { minItems: 1, maxItems: 10_000 }),
    check: Type.Array(
      Type.Object({ row: Type.Array(Type.Number()), score: Type.Number() }, strict),
      {
        minItems: 1,
        maxItems: 1_000,
      },
    ),
  },
  strict,
);
const forestCheck = Compile(SklearnForest);

/** Scores are sums of the same path lengths in another order. */
const SCORE_TOLERANCE = 1e-6;

/**
 * A bundle in which the model of one metric has a forest of scikit-learn instead of its own. What is usual for
 * the metric stays as the bundle knows it.
 *
 * @throws ModelRefused `content` when the file is not an export, the bundle has no such model, or our scores of
 *   the rows in the file are not scikit-learn's
 */
export function importForest(bundle: ModelBundle, input: unknown): ModelBundle {
  if (!forestCheck.Check(input)) {
    const [first] = forestCheck.Errors(input);
    throw new ModelRefused('content', `the export${first?.instancePath} ${first?.message}`);
  }
  const at = bundle.models.findIndex(
    ({ metrics, placeType }) =>
      placeType === input.place_type && metrics.join() === input.metrics.join(),
  );
  const model = bundle.models[at];
  if (model === undefined) {
    const where = input.place_type === null ? '' : ` at ${input.place_type}`;
    throw new ModelRefused('content', `no model of ${input.metrics.join()}${where} to replace`);
  }
  if (input.features.join() !== model.features.join()) {
    throw new ModelRefused(
      'content',
      `the features are ${input.features.join(', ')}, wanted ${model.features.join(', ')}`,
    );
  }
  const trees = input.trees.map((tree, i) => toForeignTree(tree, i, model.features.length));
  const forest = forestFromTrees(trees, model.features.length, input.max_samples);
  const replaced: TrainedModel = {
    ...model,
    threshold: input.threshold,
    forest,
    golden: input.check.map(({ row, score }) => ({ row, score: checkedScore(forest, row, score) })),
  };
  return { ...bundle, models: bundle.models.with(at, replaced) };
}

function checkedScore(forest: IsolationForest, row: readonly number[], theirs: number): number {
  const ours = scoreRow(forest, Float32Array.from(row));
  if (Math.abs(ours - theirs) <= SCORE_TOLERANCE) return ours;
  throw new ModelRefused('content', `a row scores ${ours} here and ${theirs} in scikit-learn`);
}

function toForeignTree(tree: SklearnTree, index: number, dimensions: number): ForeignTree {
  const { feature, threshold, left, right, rows } = tree;
  return read(0, 0);

  function read(node: number, level: number): ForeignTree {
    const count = rows[node];
    const [below, above] = [left[node], right[node]];
    if (count === undefined || below === undefined || above === undefined || 64 < level) {
      throw new ModelRefused('content', `tree ${index} has no whole node ${node}`);
    }
    if (below === -1) return { rowCount: count };
    const at = feature[node] ?? -1;
    if (at < 0 || dimensions <= at) {
      throw new ModelRefused('content', `tree ${index} splits on feature ${at}`);
    }
    return {
      feature: at,
      // scikit-learn compares 32-bit rows with 64-bit thresholds.
      split: floorToFloat32(threshold[node] ?? Number.NaN),
      left: read(below, level + 1),
      right: read(above, level + 1),
    };
  }
}
