import type { Forwarder } from '../forward/forward.ts';

/** Items by what became of them. */
export interface Counts {
  /** `accepted`, or the reason of a refusal: a closed set, for each is a series. */
  count(outcome: string): void;
  entries(): readonly (readonly [string, number])[];
}

export function createCounts(): Counts {
  const counts = new Map<string, number>();
  return {
    count(outcome) {
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    },
    entries: () => [...counts],
  };
}

/** The counts in Prometheus' text format. */
export function renderCounts(counts: Counts, forwarder: Forwarder): string {
  const { published, messages, retries } = forwarder.totals();
  const lines = [
    '# HELP plumbline_gateway_items_total Items received, by what became of them.',
    '# TYPE plumbline_gateway_items_total counter',
    ...counts
      .entries()
      .map(([outcome, count]) => `plumbline_gateway_items_total{outcome="${outcome}"} ${count}`),
    ...counter('published_readings', 'Readings that Pub/Sub has.', published),
    ...counter('published_messages', 'Messages that Pub/Sub has.', messages),
    ...counter('publish_retries', 'Messages that had to be sent again.', retries),
    '# HELP plumbline_gateway_waiting_readings Readings that Pub/Sub does not have yet.',
    '# TYPE plumbline_gateway_waiting_readings gauge',
    `plumbline_gateway_waiting_readings ${forwarder.waiting()}`,
  ];
  return `${lines.join('\n')}\n`;
}

function counter(name: string, help: string, value: number): string[] {
  const full = `plumbline_gateway_${name}_total`;
  return [`# HELP ${full} ${help}`, `# TYPE ${full} counter`, `${full} ${value}`];
}
