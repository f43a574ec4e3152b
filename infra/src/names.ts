import { modelBucket } from '@plumbline/contracts';
import type { Config } from './config.ts';
import type { ImageName } from './images.ts';

/** Names of what only the cloud has. What the laptop has too is named in `contracts/`. */
export const REPOSITORY = 'plumbline';

/** Bucket names are global on Google Cloud, so they carry the project. */
export function buckets(projectId: string) {
  return {
    models: modelBucket(projectId),
    /** Zips of the functions. */
    source: `${projectId}-source`,
    /** Terraform's memory of what it made. */
    state: `${projectId}-terraform-state`,
  };
}

export function builderEmail(projectId: string): string {
  return `${BUILDER}@${projectId}.iam.gserviceaccount.com`;
}
export const BUILDER = 'builder';

/** Where images are pushed, without name and tag. */
export function repositoryHost(region: string, projectId: string): string {
  return `${region}-docker.pkg.dev/${projectId}/${REPOSITORY}`;
}

/** An image by its digest; before it is built, a name that says so. */
export function imageOf(config: Config, name: ImageName): string {
  return (
    config.images[name] ?? `${repositoryHost(config.region, config.projectId)}/${name}:not-built`
  );
}
