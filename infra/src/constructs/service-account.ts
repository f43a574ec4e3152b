import { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

/** The identity of one component. It has no right until a construct grants it one, next to the use of it. */
export function serviceAccount(
  scope: Construct,
  accountId: string,
  purpose: string,
  dependsOn: ITerraformDependable[] = [],
): ServiceAccount {
  return new ServiceAccount(scope, `identity-${accountId}`, {
    accountId,
    displayName: accountId,
    description: purpose,
    dependsOn,
  });
}

/** Google's own identities, which act inside the project. Created by the bootstrap stack. */
export type ServiceAgent = 'gcp-sa-pubsub' | 'gcp-sa-bigquerydatatransfer' | 'gcp-sa-iap';

export function serviceAgent(projectNumber: string, agent: ServiceAgent): string {
  return `serviceAccount:service-${projectNumber}@${agent}.iam.gserviceaccount.com`;
}
