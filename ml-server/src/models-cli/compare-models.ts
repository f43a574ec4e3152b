import type { ModelBundle, TrainedModel } from '@plumbline/detection';
import type { LoadedModel } from '../model/load-model.ts';

/** What differs between two versions, model by model, as a table for people. */
export function compareModels(first: LoadedModel, second: LoadedModel): string {
  const keys = [
    ...new Set([first, second].flatMap(({ bundle }) => bundle.models.map(keyOf))),
  ].sort();
  const rows = keys.map((key) => {
    const [a, b] = [find(first.bundle, key), find(second.bundle, key)];
    return [key, ...describe(a), ...describe(b)];
  });
  return table([
    ['', first.version, '', '', second.version, '', ''],
    ['model', 'samples', 'threshold', 'expected', 'samples', 'threshold', 'expected'],
    ...rows,
  ]);
}

function find(bundle: ModelBundle, key: string): TrainedModel | undefined {
  return bundle.models.find((model) => keyOf(model) === key);
}

function keyOf({ metrics, placeType }: TrainedModel): string {
  return `${metrics.join('+')}${placeType === null ? '' : ` at ${placeType}`}`;
}

function describe(model: TrainedModel | undefined): string[] {
  if (model === undefined) return ['none', '', ''];
  return [
    String(model.sampleCount),
    model.threshold.toFixed(4),
    model.statistics.map(({ low, high }) => `${low.toFixed(1)}…${high.toFixed(1)}`).join(' '),
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
