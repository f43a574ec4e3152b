import type { Config, Door } from '../config.ts';

/** The outputs of the pipeline stack. */
export interface Outputs {
  readonly ml_server_url: string;
  readonly dashboard_url: string;
  readonly gateway_url?: string;
  readonly coordinator_url?: string;
}

/** What a person does after a deployment: commands that work as they are printed. */
export function nextSteps(config: Config, outputs: Outputs): string {
  const { projectId, region } = config;
  const dashboard =
    config.dashboardAccess === 'private'
      ? `gcloud run services proxy dashboard --project=${projectId} --region=${region} --port=8501   # then open http://localhost:8501`
      : outputs.dashboard_url;
  return `
Send readings of 50 devices until Ctrl-C:
  GOOGLE_CLOUD_PROJECT=${projectId} npm run simulate -- --profile building --devices 50

Ask for a prediction:
  curl -sS ${outputs.ml_server_url}/detect \\
    -H "Authorization: Bearer $(gcloud auth print-identity-token)" -H 'Content-Type: application/json' \\
    -d '{"device_id":"sensor_001","temperature":25.5,"vibration":1.2}'

Ask the warehouse:
  bq query --project_id=${projectId} --nouse_legacy_sql \\
    'SELECT metric, COUNT(*) AS readings, AVG(value) AS mean FROM iot_data.measurements WHERE measured_at > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR) GROUP BY metric'

Train a model now instead of within the hour (needs 50 readings or more):
  gcloud run jobs execute trainer --project=${projectId} --region=${region} --wait

Open the dashboard:
  ${dashboard}
${gateway(config, outputs)}${coordinator(config, outputs)}`;
}

function gateway({ httpGateway }: Config, { gateway_url }: Outputs): string {
  if (gateway_url === undefined) return '';
  return `
Send a reading by HTTP:
  curl -sS ${gateway_url}/v1/readings \\
    -H "Authorization: Bearer ${tokenFor(httpGateway)}" -H 'Content-Type: application/json' \\
    -d "{\\"device_id\\":\\"sensor_001\\",\\"timestamp\\":\\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\\",\\"temperature\\":25.5}"
`;
}

function coordinator({ coordinator: door }: Config, { coordinator_url }: Outputs): string {
  if (coordinator_url === undefined) return '';
  return `
See how the fleet learns:
  curl -sS ${coordinator_url}/api/status -H "Authorization: Bearer ${tokenFor(door)}"
`;
}

/** What a caller shows: a key of the file, or who they are. */
function tokenFor(door: Door): string {
  return door === 'keys' ? 'KEY' : '$(gcloud auth print-identity-token)';
}
