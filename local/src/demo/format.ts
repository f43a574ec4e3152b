import { formatTable } from '../query/table.ts';
import type { GatewayTotals } from './gateway.ts';
import type { DemoReport } from './run.ts';

/** The report as a person reads it. */
export function formatReport(report: DemoReport): string {
  const { counts } = report;
  const found = Object.entries(report.evaluations).map(([name, evaluation]) => ({
    'data set': name,
    events: evaluation.eventCount,
    found: evaluation.foundCount,
    alerts: evaluation.alertCount,
    'false alarms': evaluation.falseAlarmCount,
    'device-days': evaluation.deviceDays.toFixed(1),
    'false alarms per device-day': evaluation.falseAlarmsPerDeviceDay.toFixed(2),
  }));
  const lines = [
    ['published', `${report.published} readings, ${report.malformed} of them malformed on purpose`],
    ['sent twice', `${report.sentTwice}`],
    ['stored', `${counts.stored}, each once (${counts.rawRows} rows before copies are dropped)`],
    ['dead letters', `${counts.deadLettered}: ${reasons(report.deadLetters)}`],
    ['by the gateway', byGateway(report)],
    ['aggregate rows', `${counts.aggregateRows}`],
    ['predictions', `${counts.predicted}`],
    ['anomalies', `${counts.anomalies} readings in ${counts.alerts} alerts`],
    ['model version', report.modelVersion],
    ['federated', learned(report)],
    ['speed', `${report.readingsPerSecond} readings per second, stored and judged`],
    [
      'stages',
      Object.entries(report.stageSeconds)
        .map(([name, seconds]) => `${name} ${seconds.toFixed(1)} s`)
        .join(', '),
    ],
  ];
  return [
    '',
    ...lines.map(([name = '', value]) => `  ${name.padEnd(16)}${value}`),
    '',
    formatTable(found).replaceAll(/^/gm, '  '),
    '',
    report.isComplete
      ? '  Every published reading is stored or dead-lettered.'
      : '  WRONG: published readings are missing or counted twice.',
  ].join('\n');
}

function reasons(deadLetters: Readonly<Record<string, number>>): string {
  return Object.entries(deadLetters)
    .map(([reason, count]) => `${reason} ${count}`)
    .join(', ');
}

function byGateway({ gateway: { mqtt, http } }: DemoReport): string {
  const door = (name: string, { acknowledged, stored }: GatewayTotals) =>
    `${acknowledged} by ${name}, ${stored} of them stored`;
  return `${door('MQTT', mqtt)}; ${door('HTTP', http)}`;
}

function learned({ federated }: DemoReport): string {
  const { rounds, participants, firstLoss, lastLoss, bytes } = federated;
  const loss = `loss ${firstLoss.toFixed(2)} → ${lastLoss.toFixed(2)}`;
  return `${rounds} rounds of ${participants} devices, ${loss}, ${bytes} bytes of weights, no reading`;
}
