import { ConfigError } from '@plumbline/contracts';
import type { Config } from '../config.ts';
import { imageVariable } from '../images.ts';
import { buckets } from '../names.ts';
import { imagesOf, type TagOf } from './image-build.ts';
import { nextSteps, type Outputs } from './next-steps.ts';
import type { Options } from './options.ts';
import { cdktf, GCLOUD, prepareTools, terraformTool } from './toolchain.ts';
import type { World } from './world.ts';

export interface Machine {
  readonly world: World;
  /** The repository, absolute. */
  readonly root: string;
  /** PATH of this process. */
  readonly path: string;
  /** Name of Terraform's program. */
  readonly terraform: string;
}

/** Makes or removes the stack without a cloud. */
export async function runToolchain(machine: Machine, options: Options): Promise<void> {
  const { world, root, path } = machine;
  await prepareTools(world, terraformTool(machine.terraform), options.isDryRun);
  // Nothing is at stake here, so nobody is asked.
  await world.run(cdktf(root, path, [options.action, 'toolchain', '--auto-approve']));
}

/**
 * Deploys an environment: bootstrap stack, images, pipeline stack; then prints what to do next. Safe to run again
 * after it failed anywhere: what is done is not done twice.
 */
export async function deploy(
  machine: Machine,
  options: Options,
  config: Config,
  tagOf: TagOf,
): Promise<void> {
  const { world, root, path } = machine;
  const approval = options.isApproved ? ['--auto-approve'] : [];
  const environment = { PLUMBLINE_ENVIRONMENT: config.name };
  const tools = { ...terraformTool(machine.terraform), ...GCLOUD };
  await prepareTools(world, tools, options.isDryRun);

  if (!options.skipsBootstrap) {
    await fetchBootstrapState(world, config);
    const args = ['deploy', `bootstrap-${config.name}`, ...approval];
    await world.run(cdktf(root, path, args, environment));
    await keepBootstrapState(world, config);
  }
  const images = await imagesOf(world, config, tagOf, options.isDryRun);
  const outputs = `dist/outputs-${config.name}.json`;
  const stack = `pipeline-${config.name}`;
  await world.run(
    cdktf(root, path, ['deploy', stack, ...approval, '--outputs-file', outputs], {
      ...environment,
      ...Object.fromEntries([...images].map(([name, image]) => [imageVariable(name), image])),
    }),
  );
  if (options.isDryRun) return;
  const read: Record<string, Outputs> = JSON.parse(world.read(`infra/${outputs}`));
  world.print(nextSteps(config, read[stack] as Outputs));
}

/** Removes an environment with its data. Refuses a protected one before anything is touched. */
export async function destroy(machine: Machine, options: Options, config: Config): Promise<void> {
  const { world, root, path } = machine;
  if (config.isProtected) {
    throw new ConfigError([
      `${config.name} is protected: set isProtected to false in infra/src/environments.ts, deploy, then destroy`,
    ]);
  }
  const tools = { ...terraformTool(machine.terraform), ...GCLOUD };
  await prepareTools(world, tools, options.isDryRun);
  const approval = options.isApproved ? ['--auto-approve'] : [];
  const environment = { PLUMBLINE_ENVIRONMENT: config.name };
  await world.run(
    cdktf(root, path, ['destroy', `pipeline-${config.name}`, ...approval], environment),
  );
  if (!options.destroysBootstrap) return;
  await fetchBootstrapState(world, config);
  await world.run(
    cdktf(root, path, ['destroy', `bootstrap-${config.name}`, ...approval], environment),
  );
}

/** The state of the bootstrap stack is a file: it is kept in the bucket that the stack makes, for the next machine. */
function stateOf(config: Config) {
  const name = `bootstrap-${config.name}.tfstate`;
  return { local: `infra/state/${name}`, kept: `gs://${buckets(config.projectId).state}/${name}` };
}

async function fetchBootstrapState(world: World, config: Config): Promise<void> {
  const { local, kept } = stateOf(config);
  if (world.exists(local)) return;
  // Fails on the first deployment, when there is no bucket yet.
  await world.capture({ program: 'gcloud', args: ['storage', 'cp', kept, local] });
}

async function keepBootstrapState(world: World, config: Config): Promise<void> {
  const { local, kept } = stateOf(config);
  await world.run({ program: 'gcloud', args: ['storage', 'cp', local, kept] });
}
