import type { Config } from '../config.ts';
import { type ImageName, imagesNeeded } from '../images.ts';
import { buckets, builderEmail, repositoryHost } from '../names.ts';
import { type Command, CommandError, type World } from './world.ts';

/** Tag of an image: a hash of what goes into it, so that what was built before is not built again. */
export type TagOf = (name: ImageName) => Promise<string>;

/**
 * The images that an environment runs, by digest: those that the variables name, or built by Cloud Build. Nothing is
 * built twice: an image of the same content has the same tag.
 */
export async function imagesOf(
  world: World,
  config: Config,
  tagOf: TagOf,
  isDryRun: boolean,
): Promise<ReadonlyMap<ImageName, string>> {
  const images = new Map<ImageName, string>();
  for (const name of imagesNeeded(config)) {
    images.set(name, config.images[name] ?? (await build(name)));
  }
  return images;

  async function build(name: ImageName): Promise<string> {
    const image = `${repositoryHost(config.region, config.projectId)}/${name}`;
    const tagged = `${image}:${await tagOf(name)}`;
    const known = await world.capture(digestOf(config, tagged));
    if (known) return `${image}@${known}`;
    await world.run(buildOf(config, name, tagged));
    const digest = isDryRun
      ? `sha256:${'0'.repeat(64)}`
      : await world.capture(digestOf(config, tagged));
    if (!digest) throw new CommandError(`${tagged} was built, but its digest cannot be read`);
    return `${image}@${digest}`;
  }
}

function buildOf(config: Config, name: ImageName, tagged: string): Command {
  const { projectId, region } = config;
  return {
    program: 'gcloud',
    args: [
      'builds',
      'submit',
      '.',
      `--project=${projectId}`,
      `--region=${region}`,
      '--config=infra/docker/cloudbuild.yaml',
      `--substitutions=_NAME=${name},_IMAGE=${tagged}`,
      `--ignore-file=infra/docker/${name}.Dockerfile.dockerignore`,
      `--gcs-source-staging-dir=gs://${buckets(projectId).source}/images`,
      `--service-account=projects/${projectId}/serviceAccounts/${builderEmail(projectId)}`,
    ],
  };
}

function digestOf(config: Config, tagged: string): Command {
  return {
    program: 'gcloud',
    args: [
      'artifacts',
      'docker',
      'images',
      'describe',
      tagged,
      `--project=${config.projectId}`,
      '--format=value(image_summary.digest)',
    ],
  };
}
