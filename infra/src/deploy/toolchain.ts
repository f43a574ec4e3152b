import { delimiter } from 'node:path';
import { type Command, CommandError, type World } from './world.ts';

/** The command line of CDKTF with Node 22, the last that it runs on. See docs/decisions/0001-cdktf.md. */
const CLI = 'infra/cdktf-cli';

/** Says at once what is missing, instead of in the middle of a deployment. */
export async function prepareTools(
  world: World,
  terraform: string,
  isDryRun: boolean,
): Promise<void> {
  const version = await world.capture({ program: terraform, args: ['version'] });
  if (version === undefined && !isDryRun) {
    throw new CommandError(
      `${terraform} does not run here: install Terraform 1.5 or newer, or OpenTofu and set TERRAFORM_BINARY_NAME=tofu`,
    );
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
