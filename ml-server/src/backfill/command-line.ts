import { parseArgs } from 'node:util';
import type { BackfillConfig, Detectors } from './backfill.ts';

/** The command line is not one of ours. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export const HELP = `usage: npm run backfill -- --from TIME --to TIME [options]

Judges stored readings as the ML server would have, device by device in the order of measuring, and writes
predictions and anomalies for those that have none. Start it again after it was stopped: it goes on.

  --from, --to TIME   the range, RFC 3339, from inclusive, to exclusive
  --detectors NAME    all (if left out); forest: each reading by itself, by rules and forests; rules: by rules alone
  --model VERSION     instead of the current one; for a trial, with --dry-run
  --lead-hours N      readings before the range that devices are known by when it begins; 24 if left out
  --dry-run           writes nothing, and says what would be found beside what was
  --help              this text`;

export interface BackfillCommand extends Omit<BackfillConfig, 'shardCount'> {
  readonly modelVersion: string | null;
}

const DETECTORS: readonly Detectors[] = ['all', 'forest', 'rules'];
const HOUR_MS = 3_600_000;

/** Null: the help was asked for. @throws UsageError that says what is wrong */
export function parseCommand(words: readonly string[]): BackfillCommand | null {
  const { values } = parse(words);
  if (values.help) return null;
  const fromMs = instantOf('from', values.from);
  const untilMs = instantOf('to', values.to);
  if (untilMs <= fromMs) throw new UsageError('--to must be after --from');
  const detectors = DETECTORS.find((name) => name === values.detectors);
  if (detectors === undefined) {
    throw new UsageError(`--detectors is ${values.detectors}, wanted ${DETECTORS.join(', ')}`);
  }
  const leadHours = Number(values['lead-hours']);
  if (!(0 <= leadHours && leadHours <= 8_784)) {
    throw new UsageError(`--lead-hours is ${values['lead-hours']}, wanted 0 to 8784`);
  }
  if (values.model !== undefined && !values['dry-run']) {
    throw new UsageError(
      '--model is for a trial: add --dry-run, or make the version current first',
    );
  }
  return {
    range: { fromMs, untilMs },
    leadMs: leadHours * HOUR_MS,
    detectors,
    isDryRun: values['dry-run'] ?? false,
    modelVersion: values.model ?? null,
  };
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        detectors: { type: 'string', default: 'all' },
        model: { type: 'string' },
        'lead-hours': { type: 'string', default: '24' },
        'dry-run': { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function instantOf(name: string, text: string | undefined): number {
  const atMs = Date.parse(text ?? '');
  if (Number.isNaN(atMs)) {
    throw new UsageError(
      `--${name} is ${text ?? 'missing'}, wanted a time like 2026-11-20T09:00:00Z`,
    );
  }
  return atMs;
}
