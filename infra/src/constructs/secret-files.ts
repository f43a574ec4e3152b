import { SecretManagerSecretIamMember } from '@cdktf/provider-google/lib/secret-manager-secret-iam-member/index.js';
import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import type { ITerraformDependable } from 'cdktf';
import type { Construct } from 'constructs';

/** Secrets as files of a container. */
export interface SecretFiles {
  readonly volumes: {
    readonly name: string;
    readonly secret: {
      readonly secret: string;
      readonly items: { readonly path: string; readonly version: string }[];
    };
  }[];
  readonly mounts: { readonly name: string; readonly mountPath: string }[];
  readonly dependsOn: readonly ITerraformDependable[];
}

const FILE = 'value';

/** Where a container finds a secret. */
export function secretPath(name: string): string {
  return `/secrets/${name}/${FILE}`;
}

/**
 * Lets an identity read secrets that a person put into Secret Manager. Their values never pass through Terraform, so
 * no plan and no state holds them; a secret that is missing stops the deployment by its name.
 */
export function secretFiles(
  scope: Construct,
  reader: ServiceAccount,
  names: readonly string[],
): SecretFiles {
  return {
    volumes: names.map((name) => ({
      name,
      secret: { secret: name, items: [{ path: FILE, version: 'latest' }] },
    })),
    mounts: names.map((name) => ({ name, mountPath: `/secrets/${name}` })),
    dependsOn: names.map(
      (name) =>
        new SecretManagerSecretIamMember(scope, `reads-${name}`, {
          secretId: name,
          role: 'roles/secretmanager.secretAccessor',
          member: reader.member,
        }),
    ),
  };
}
