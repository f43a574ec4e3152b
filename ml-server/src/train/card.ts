import type { Evaluation } from './evaluation.ts';
import type { TrainingReport } from './training-report.ts';

/** The model card of a version, in Markdown: what it is for, what it learned from, where it fails. */
export function modelCard(name: string, report: TrainingReport): string {
  const { data, parameters } = report;
  const share = (value: number) => `${(100 * value).toFixed(1)} %`;
  return `# Model ${name}, version ${report.version}

Trained ${report.trained_at}.

## What it is for
Says how strange a sensor reading is, for the metrics below. It is one opinion of three: rules and
streaming detectors speak beside it. It is not a safety device.

## What it learned from
${data.read_reading_count} readings of ${data.device_count} devices, measured from ${data.from} to ${data.until}
(${data.stored_reading_count} stored, ${share(data.read_share)} of the time blocks kept). Readings in
${share(data.hour_coverage)} of the hours. Labels were not read.

| metric | values | readings without it | |
| --- | ---: | ---: | --- |
${data.metrics
  .map(
    (one) =>
      `| ${one.metric} | ${one.value_count} | ${share(one.missing_share)} | ${one.is_constant ? 'constant, not learned' : ''} |`,
  )
  .join('\n')}

## How
Isolation Forest: ${parameters.trees} trees of ${parameters.sampleSize} samples, contamination
${parameters.contamination}, seed ${parameters.seed}, grown by ${report.engine === 'npm' ? 'the npm package isolation-forest' : 'Plumbline'}. The same readings and parameters give the same trees.

| metrics | place type | samples | threshold |
| --- | --- | ---: | ---: |
${report.models
  .map(
    (one) =>
      `| ${one.metrics.join(', ')} | ${one.place_type ?? 'all'} | ${one.sample_count} | ${one.threshold.toFixed(4)} |`,
  )
  .join('\n')}
${report.missing
  .map(
    (one) =>
      `\nNot trained: ${one.metrics.join(', ')} (${one.samples} samples, wanted ${one.wanted}).`,
  )
  .join('')}

## How well it does
${report.evaluation === null ? 'Not measured: too few readings to set some aside.' : measured(report.evaluation.next)}

## Where it fails
- A fault that lasted most of the window looks ordinary to it.
- It flags about ${share(parameters.contamination)} of readings like those it learned from, also when all is well.
- A season or a use of the building that the window did not hold is strange to it.
`;
}

function measured(evaluation: Evaluation): string {
  const { reading_count, device_days, event_count, found_count, false_alarm_count } = evaluation;
  const rows = evaluation.faults.map(({ label, event_count, found_count, found_by }) => {
    const finders = Object.entries(found_by).map(([name, count]) => `${name} ${count}`);
    return `| ${label} | ${event_count} | ${found_count} | ${finders.join(', ')} |`;
  });
  const metricRows = evaluation.metrics.map(
    (one) =>
      `| ${one.metric} | ${one.event_count} | ${one.found_count} | ${one.false_alarm_count} |`,
  );
  const metrics =
    metricRows.length === 0
      ? []
      : [
          '',
          '| metric | events of its devices | in which it stood out | false alarms it led |',
          '| --- | ---: | ---: | ---: |',
          ...metricRows,
        ];
  const { both_count, rules_only_count, models_only_count } = evaluation.agreement;
  const faults =
    rows.length === 0
      ? []
      : ['', '| fault | events | found | by |', '| --- | ---: | ---: | --- |', ...rows];
  return [
    `On ${reading_count} readings that it did not learn from (${device_days.toFixed(1)} device-days), together`,
    `with rules and streaming detectors: ${found_count} of ${event_count} known events found, ${false_alarm_count} false alarms.`,
    `Anomalies by rules and models both: ${both_count} readings, by rules alone: ${rules_only_count}, by models alone: ${models_only_count}.`,
    ...faults,
    ...metrics,
  ].join('\n');
}
