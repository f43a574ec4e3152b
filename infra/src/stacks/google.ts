import { GoogleProvider } from '@cdktf/provider-google/lib/provider/index.js';
import type { TerraformStack } from 'cdktf';
import type { Config } from '../config.ts';

/** Declares the provider of a stack: project, region, labels, and the source that Terraform and OpenTofu both know. */
export function googleProvider(stack: TerraformStack, config: Config): void {
  new GoogleProvider(stack, 'google', {
    project: config.projectId,
    region: config.region,
    // The budget API takes calls of a person only if they name a project that pays for them.
    ...(config.budget && { userProjectOverride: true, billingProject: config.projectId }),
    defaultLabels: { app: 'plumbline', environment: config.name },
  });
  stack.addOverride('terraform.required_providers.google.source', 'hashicorp/google');
}

/** Declares the beta provider too, for the few things that the other one of this version lacks. */
export function googleBetaProvider(stack: TerraformStack, config: Config): void {
  stack.addOverride('terraform.required_providers.google-beta', {
    source: 'hashicorp/google-beta',
    version: '6.50.0',
  });
  stack.addOverride('provider.google-beta', [{ project: config.projectId, region: config.region }]);
}
