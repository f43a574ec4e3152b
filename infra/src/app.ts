import { App } from 'cdktf';
import type { Config } from './config.ts';
import { bootstrapStack } from './stacks/bootstrap.ts';
import { type EmulatorAddresses, emulatorStack } from './stacks/emulator.ts';
import { type PipelineParts, pipelineStack } from './stacks/pipeline.ts';
import { toolchainStack } from './stacks/toolchain.ts';

export interface AppParts extends PipelineParts {
  readonly emulators: EmulatorAddresses;
}

/** All stacks, to be written into `outdir` by `synth()`. Needs neither Terraform nor a network. */
export function buildApp(configs: readonly Config[], parts: AppParts, outdir: string): App {
  const app = new App({ outdir });
  toolchainStack(app);
  emulatorStack(app, parts.emulators);
  for (const config of configs) {
    bootstrapStack(app, config);
    pipelineStack(app, config, parts);
  }
  return app;
}
