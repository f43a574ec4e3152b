import type { CloudRunV2Service } from '@cdktf/provider-google/lib/cloud-run-v2-service/index.js';
import { IapWebCloudRunServiceIamMember } from '@cdktf/provider-google/lib/iap-web-cloud-run-service-iam-member/index.js';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { usdPerMillionReadings } from '../cost/estimate.ts';
import { imageOf } from '../names.ts';
import { grantInvoke, runService } from './run-service.ts';
import { serviceAccount, serviceAgent } from './service-account.ts';
import type { Warehouse } from './warehouse.ts';

/** The page with its read-only API, and who may open it. */
export function dashboard(
  parent: Construct,
  config: Config,
  projectNumber: string,
  warehouse: Warehouse,
  mlServer: CloudRunV2Service,
): CloudRunV2Service {
  const scope = new Construct(parent, 'dashboard');
  const runsAs = serviceAccount(scope, 'dashboard', 'The dashboard');
  const service = runService(scope, config, {
    name: 'dashboard',
    description: 'Live readings, aggregates and anomalies',
    image: imageOf(config, 'dashboard'),
    size: config.dashboard,
    runsAs,
    environment: [
      { name: 'ML_SERVER_URL', value: mlServer.uri },
      // Each look is a query that is paid for, and Pub/Sub brings readings every second or so at best.
      { name: 'LIVE_POLL_MS', value: '5000' },
      // For the cost so far on its Health page.
      { name: 'USD_PER_MILLION_READINGS', value: usdPerMillionReadings(config).toFixed(2) },
    ],
    dependsOn: [
      ...warehouse.grantQuery(runsAs),
      grantInvoke(scope, 'asks-ml-server', mlServer, runsAs.member),
      // How much waits in Pub/Sub: metrics are granted for a project or not at all.
      new ProjectIamMember(scope, 'reads-metrics', {
        project: config.projectId,
        role: 'roles/monitoring.viewer',
        member: runsAs.member,
      }),
    ],
  });

  switch (config.dashboardAccess) {
    case 'private':
      for (const viewer of config.viewers) grantInvoke(scope, `${viewer}-views`, service, viewer);
      break;
    case 'iap':
      // Only the beta provider of this version knows the argument.
      service.addOverride('provider', 'google-beta');
      service.addOverride('launch_stage', 'BETA');
      service.addOverride('iap_enabled', true);
      grantInvoke(scope, 'iap-invokes', service, serviceAgent(projectNumber, 'gcp-sa-iap'));
      for (const viewer of config.viewers) {
        new IapWebCloudRunServiceIamMember(scope, `${viewer}-signs-in`, {
          cloudRunServiceName: service.name,
          location: service.location,
          role: 'roles/iap.httpsResourceAccessor',
          member: viewer,
        });
      }
      break;
    case 'public':
      grantInvoke(scope, 'everybody-views', service, 'allUsers');
      break;
  }
  return service;
}
