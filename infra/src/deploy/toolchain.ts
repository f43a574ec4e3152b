import { delimiter } from 'node:path';
import { type Command, CommandError, type World } from './world.ts';

/** The command line of CDKTF with Node 22, the last that it runs on. See docs/decisions/0001-cdktf.md. */
const CLI = 'infra/cdktf-cli';

/** Programs that must be on the machine, and where they come from. */
export type Tools = Readonly<
  Record<string, { readonly args: readonly string[]; readonly help: string }>
>;

export const GCLOUD: Tools = {
  gcloud: { args: ['--version'], help: 'install it from https://cloud.google.com/sdk' },
};

/** `program` is Terraform's name on this machine. */
export function terraformTool(program: string): Tools {
  const help = 'install Terraform 1.5 or newer, or OpenTofu and set TERRAFORM_BINARY_NAME=tofu';
  return { [program]: { args: ['version'], help } };
}

/** Says at once what is missing, instead of in the middle of a deployment. */
export async function prepareTools(world: World, tools: Tools, isDryRun: boolean): Promise<void> {
  for (const [program, { args, help }] of Object.entries(tools)) {
    const version = await world.capture({ program, args });
    if (version === undefined && !isDryRun) {
      throw new CommandError(`${program} does not run here: ${help}`);
    }
  }
  if (world.exists(`${CLI}/node_modules/.bin/cdktf`)) return;
  world.print('installing the CDKTF command line, once (600 MB)');
  await world.run({ program: 'npm', args: ['ci', '--prefix', CLI, '--no-audit', '--no-fund'] });
}

/** A command of CDKTF. It calls `npm run synth`, which runs on the Node of the project again. */
export function cdktf(root: string, path: string, args: readonly string[], env = {}): Command {
  return {
    program: 'cdktf',
    args,
    folder: 'infra',
    env: {
      ...env,
      PATH: [`${root}/${CLI}/node_modules/.bin`, path].join(delimiter),
      CHECKPOINT_DISABLE: '1',
      DISABLE_VERSION_CHECK: '1',
    },
  };
}
