import { fileURLToPath } from 'node:url';
import { type Dashboard, toGrafana } from './grafana.ts';

/** Where a dashboard is kept, and what that file must hold. */
export function dashboardFile(name: string, dashboard: Dashboard): { path: string; text: string } {
  const path = fileURLToPath(new URL(`../grafana/dashboards/${name}.json`, import.meta.url));
  return { path, text: `${JSON.stringify(toGrafana(dashboard), null, 2)}\n` };
}
