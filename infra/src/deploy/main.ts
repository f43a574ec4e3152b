import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '@plumbline/contracts';
import { hashFolder } from '../build/hash-folder.ts';
import { imageFolder, writeImageFolder } from '../build/images.ts';
import { parseConfig } from '../config.ts';
import type { ImageName } from '../images.ts';
import { deploy, destroy, type Machine, runToolchain } from './deploy.ts';
import { parseOptions } from './options.ts';
import { CommandError, dryWorld, realWorld } from './world.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

try {
  const options = parseOptions(process.argv.slice(2));
  const machine: Machine = {
    world: options.isDryRun ? dryWorld((line) => console.log(line)) : realWorld(root, process.env),
    root,
    path: process.env.PATH ?? '',
    terraform: process.env.TERRAFORM_BINARY_NAME ?? 'terraform',
  };
  if (options.target === 'toolchain') {
    await runToolchain(machine, options);
  } else {
    const config = parseConfig(options.target, process.env);
    if (options.action === 'deploy') await deploy(machine, options, config, tagOf);
    else await destroy(machine, options, config);
  }
} catch (error) {
  const isExpected = error instanceof ConfigError || error instanceof CommandError;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}

async function tagOf(name: ImageName): Promise<string> {
  const folder = imageFolder(name);
  const recipe = await readFile(join(root, `infra/docker/${name}.Dockerfile`), 'utf8');
  return hashFolder(await writeImageFolder(root, folder), recipe);
}
