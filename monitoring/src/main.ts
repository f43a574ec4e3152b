import { writeFileSync } from 'node:fs';
import { dashboardFile } from './dashboard-file.ts';
import { MODELS, SYSTEM } from './dashboards.ts';

const HELP = `node monitoring/src/main.ts

Writes the Grafana dashboards in monitoring/grafana/dashboards from monitoring/src/dashboards.ts.`;

if (process.argv.includes('--help')) console.log(HELP);
else {
  for (const [name, dashboard] of Object.entries({ system: SYSTEM, models: MODELS })) {
    const { path, text } = dashboardFile(name, dashboard);
    writeFileSync(path, text);
    console.log(path);
  }
}
