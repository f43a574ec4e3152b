/** One line of a chart: what Prometheus is asked and what the legend says. */
export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** A unit as Grafana names it: https://grafana.com/docs/grafana/latest/panels-visualizations/configure-standard-options/#unit */
  readonly unit: string;
  /** What a good chart looks like, and where to go when it does not. */
  readonly description: string;
  readonly queries: readonly Query[];
  readonly kind?: 'timeseries' | 'stat' | 'heatmap';
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
}

const WIDTH = 12;
const HEIGHT = 8;

/** The dashboard as Grafana's file provisioning reads it: two charts a row, in the order given. */
export function toGrafana({ uid, title, panels }: Dashboard): unknown {
  return {
    uid,
    title,
    tags: ['plumbline'],
    schemaVersion: 39,
    editable: false,
    refresh: '10s',
    time: { from: 'now-1h', to: 'now' },
    templating: {
      list: [{ name: 'source', label: 'Prometheus', type: 'datasource', query: 'prometheus' }],
    },
    links: [
      { type: 'dashboards', tags: ['plumbline'], title: 'Plumbline', asDropdown: false, icon: '' },
      { type: 'link', title: 'Live dashboard', url: 'http://127.0.0.1:8501', targetBlank: true },
    ],
    panels: panels.map(toPanel),
  };
}

function toPanel({ title, unit, description, queries, kind = 'timeseries' }: Panel, index: number) {
  return {
    id: index + 1,
    type: kind,
    title,
    description,
    datasource: { type: 'prometheus', uid: `\${source}` },
    gridPos: {
      x: (index % 2) * WIDTH,
      y: Math.floor(index / 2) * HEIGHT,
      w: WIDTH,
      h: HEIGHT,
    },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options:
      kind === 'timeseries'
        ? {
            legend: { displayMode: 'list', placement: 'bottom' },
            tooltip: { mode: 'multi', sort: 'desc' },
          }
        : kind === 'stat'
          ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'none' }
          : { calculate: false, yAxis: { unit } },
    targets: queries.map(({ expr, legend }, at) => ({
      refId: String.fromCharCode(65 + at),
      expr,
      legendFormat: legend,
      ...(kind === 'heatmap' && { format: 'heatmap' }),
    })),
  };
}
