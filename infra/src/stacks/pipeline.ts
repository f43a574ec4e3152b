import { DataGoogleProject } from '@cdktf/provider-google/lib/data-google-project/index.js';
import type { FunctionName } from '@plumbline/contracts';
import { type App, GcsBackend, TerraformOutput, TerraformStack } from 'cdktf';
import type { Config } from '../config.ts';
import { alerts } from '../constructs/alerts.ts';
import { archive } from '../constructs/archive.ts';
import { dashboard } from '../constructs/dashboard.ts';
import { federated } from '../constructs/federated.ts';
import { httpGateway, mqttBridge } from '../constructs/gateway.ts';
import { ingestion } from '../constructs/ingestion.ts';
import { ml } from '../constructs/ml.ts';
import { observability } from '../constructs/observability.ts';
import { warehouse } from '../constructs/warehouse.ts';
import { buckets } from '../names.ts';
import type { Zip } from '../zips.ts';
import { googleBetaProvider, googleProvider } from './google.ts';

export interface PipelineParts {
  readonly zips: Readonly<Record<FunctionName, Zip>>;
  /** Text of docs/runbook.md. */
  readonly runbook: string;
}

/** The whole pipeline in one project, in the order in which a reading passes through it. */
export function pipelineStack(
  app: App,
  config: Config,
  { zips, runbook }: PipelineParts,
): TerraformStack {
  const stack = new TerraformStack(app, `pipeline-${config.name}`);
  new GcsBackend(stack, {
    bucket: buckets(config.projectId).state,
    prefix: `pipeline-${config.name}`,
  });
  googleProvider(stack, config);
  if (config.dashboardAccess === 'iap') googleBetaProvider(stack, config);
  const projectNumber = new DataGoogleProject(stack, 'project', {}).number;

  const warehouseParts = warehouse(stack, config, projectNumber);
  const platform = ingestion(stack, config, projectNumber, zips, warehouseParts);
  if (config.hasArchive) archive(stack, platform, warehouseParts);
  const mlParts = ml(stack, platform, warehouseParts);
  const page = dashboard(stack, config, projectNumber, warehouseParts, mlParts.server);
  const gateway = config.httpGateway === 'none' ? undefined : httpGateway(stack, platform);
  if (config.mqtt) mqttBridge(stack, platform, config.mqtt);
  const coordinator =
    config.coordinator === 'none'
      ? undefined
      : federated(stack, config, warehouseParts, mlParts.models);
  const charts = observability(stack);
  alerts(stack, config, projectNumber, runbook);

  for (const [name, value] of Object.entries({
    ml_server_url: mlParts.server.uri,
    dashboard_url: page.uri,
    readings_topic: platform.topics.readings.id,
    charts: charts.id,
    ...(gateway && { gateway_url: gateway.uri }),
    ...(coordinator && { coordinator_url: coordinator.uri }),
  })) {
    new TerraformOutput(stack, name, { value, staticId: true });
  }
  return stack;
}
