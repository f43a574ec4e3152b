import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@plumbline/contracts';
import { expect, test } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { nextSteps } from '../src/deploy/next-steps.ts';
import { parseOptions } from '../src/deploy/options.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
/** Processes of npm, CDKTF and Terraform, one after the other: seconds when alone, minutes beside other loads. */
const TOOLS_MS = 300_000;
const DIGEST = `@sha256:${'a'.repeat(64)}`;

/** Runs `npm run deploy` and its kin as a person does. */
function npm(script: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script, '--', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  return { status, stdout, stderr };
}

test(
  'a deployment goes from tools to bootstrap, images and pipeline',
  () => {
    const { status, stdout, stderr } = npm('deploy', ['dev', '--dry-run', '--yes'], {
      GOOGLE_CLOUD_PROJECT: 'my-project',
      PLUMBLINE_DASHBOARD_IMAGE: `example.com/dashboard${DIGEST}`,
      PLUMBLINE_COORDINATOR: 'keys',
    });
    expect(stderr).not.toContain('Error');
    expect(status).toBe(0);
    const steps = stdout
      .trim()
      .split('\n')
      .map((line) =>
        line
          .replace(/^([A-Z_]+=\S+ )*/, '')
          .split(' ')
          .slice(0, 4)
          .join(' '),
      );
    expect(steps).toEqual([
      'terraform version',
      'gcloud --version',
      'installing the CDKTF command',
      'npm ci --prefix infra/cdktf-cli',
      'gcloud storage cp gs://my-project-terraform-state/bootstrap-dev.tfstate',
      'cdktf deploy bootstrap-dev --auto-approve',
      'gcloud storage cp infra/state/bootstrap-dev.tfstate',
      'gcloud artifacts docker images',
      'gcloud builds submit .',
      'gcloud artifacts docker images',
      'gcloud builds submit .',
      'cdktf deploy pipeline-dev --auto-approve',
    ]);
    // An image that was given is not built, and gets to the stack as it was given.
    expect(stdout).not.toContain('_NAME=dashboard');
    // Nor is one that nobody asked for.
    expect(stdout).toContain('_NAME=federated');
    expect(stdout).not.toContain('_NAME=gateway');
    expect(stdout).toContain(`PLUMBLINE_DASHBOARD_IMAGE=example.com/dashboard${DIGEST}`);
  },
  TOOLS_MS,
);

test('a missing tool is named with where it comes from, before anything happens', () => {
  const { status, stderr } = npm('deploy', ['toolchain'], {
    TERRAFORM_BINARY_NAME: 'no-such-terraform',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('no-such-terraform does not run here: install Terraform 1.5 or newer');
});

test('a deployment without a project stops before it does anything', () => {
  const { status, stdout, stderr } = npm('deploy', ['dev', '--dry-run'], {
    GOOGLE_CLOUD_PROJECT: '',
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('GOOGLE_CLOUD_PROJECT is required');
});

test('a protected environment is not destroyed', () => {
  const { status, stdout, stderr } = npm('destroy', ['prod', '--yes', '--dry-run'], {
    GOOGLE_CLOUD_PROJECT: 'my-project',
  });
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain('prod is protected: set isProtected to false');
});

test.each([
  [['deploy', 'staging'], /target must be one of dev, prod, toolchain, got "staging"/],
  [
    ['deploy', 'dev', '--bootstrap'],
    /deploy has no option --bootstrap; there are --yes, --dry-run, --skip-bootstrap/,
  ],
  [['destroy', 'dev', 'prod'], /one target, got also prod/],
  [['deploy'], /target must be one of/],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(ConfigError);
  expect(() => parseOptions(args)).toThrow(message);
});

test('after a deployment the commands that a person needs stand there with the values of the project', () => {
  const outputs = { ml_server_url: 'https://ml.example', dashboard_url: 'https://page.example' };
  const env = { GOOGLE_CLOUD_PROJECT: 'my-project', PLUMBLINE_REGION: 'us-east1' };
  const text = nextSteps(parseConfig('dev', env), outputs);
  expect(text).toContain('curl -sS https://ml.example/detect');
  expect(text).toContain('gcloud auth print-identity-token');
  expect(text).toContain('GOOGLE_CLOUD_PROJECT=my-project npm run simulate');
  expect(text).toContain('bq query --project_id=my-project');
  expect(text).toContain(
    'gcloud run services proxy dashboard --project=my-project --region=us-east1',
  );
  const open = parseConfig('dev', { ...env, PLUMBLINE_DASHBOARD_ACCESS: 'iap' });
  expect(nextSteps(open, outputs)).toContain('https://page.example');
  expect(text).not.toContain('/v1/readings');
  const keys = parseConfig('dev', { ...env, PLUMBLINE_HTTP_GATEWAY: 'keys' });
  const withGateway = nextSteps(keys, { ...outputs, gateway_url: 'https://gateway.example' });
  expect(withGateway).toContain('curl -sS https://gateway.example/v1/readings');
  expect(withGateway).toContain('Authorization: Bearer KEY');
});

test(
  'synth writes every stack without Terraform and without a project',
  () => {
    const { status, stdout, stderr } = npm('synth', [], {
      GOOGLE_CLOUD_PROJECT: '',
      PATH: process.env.PATH ?? '',
    });
    expect([stderr, status]).toEqual(['', 0]);
    expect(stdout).toContain(
      'toolchain, emulator, bootstrap-dev, pipeline-dev, bootstrap-prod, pipeline-prod',
    );
    const stack = join(ROOT, 'infra/cdktf.out/stacks/pipeline-dev');
    const { resource } = JSON.parse(readFileSync(join(stack, 'cdk.tf.json'), 'utf8'));
    for (const { source } of Object.values<{ source: string }>(
      resource.google_storage_bucket_object,
    )) {
      expect(existsSync(join(stack, source)), source).toBe(true);
    }
  },
  TOOLS_MS,
);

test(
  'the tools deploy and destroy a stack without a cloud',
  (context) => {
    const missing = missingTool();
    if (missing) {
      console.warn(`skipped: ${missing}`);
      return context.skip(missing);
    }
    const made = npm('deploy', ['toolchain']);
    expect(made.stdout).toMatch(/Apply complete![\s\S]*message = "?The toolchain works/);
    expect(made.status).toBe(0);
    const removed = npm('destroy', ['toolchain']);
    expect(removed.stdout).toContain('Destroy complete! Resources: 1 destroyed');
    expect(removed.status).toBe(0);
  },
  TOOLS_MS,
);

function missingTool(): string | undefined {
  try {
    execFileSync('terraform', ['version'], { stdio: 'ignore' });
  } catch {
    return 'terraform is not installed';
  }
  return existsSync(join(ROOT, 'infra/cdktf-cli/node_modules/.bin/cdktf'))
    ? undefined
    : 'the CDKTF command line is not installed; npm run deploy -- toolchain does it';
}
