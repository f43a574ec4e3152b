import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compileCacheEnv } from '../src/build/compile-cache.ts';
import { IMAGE_FOLDERS } from '../src/build/images.ts';
import { synthesise } from './synthesised.ts';

const docker = new URL('../docker/', import.meta.url);
const bundles = (entries: readonly string[]) =>
  entries.map((entry) => entry.replace(/\.ts$/, '.js'));

test.each(IMAGE_FOLDERS)(
  'the image of $name holds Node and the bundle, and does not run as root',
  ({ name, entries }) => {
    const stages = readFileSync(new URL(`${name}.Dockerfile`, docker), 'utf8')
      .split(/^FROM /m)
      .slice(1);
    expect(stages).toHaveLength(2);
    const [build = '', final = ''] = stages;
    expect(build).toContain(`node infra/src/build/main.ts ${name}`);
    expect(final).toMatch(/^gcr\.io\/distroless\/nodejs24-\S+:nonroot\n/);
    expect(final).toMatch(/^USER 65532:65532$/m);
    for (const [name, value] of Object.entries(compileCacheEnv('/app'))) {
      expect(final).toMatch(new RegExp(`^ENV .*\\b${name}=${value}( |$)`, 'm'));
    }
    expect(final).toContain(`COPY --from=build /repository/infra/dist/${name} ./`);
    expect(bundles(entries)).toContain(final.match(/^CMD \["(.*)"\]$/m)?.[1]);
    // What a build makes anew must not come from the machine of the one who builds.
    expect(existsSync(new URL(`${name}.Dockerfile.dockerignore`, docker))).toBe(true);
  },
);

test('the trainer job starts an entry point that the image has', () => {
  const job = synthesise('dev').pipeline.one('google_cloud_run_v2_job', 'name', 'trainer');
  const [container] = job.template.template.containers;
  const image = IMAGE_FOLDERS.find(({ name }) => name === 'ml-server');
  expect(bundles(image?.entries ?? [])).toContain(container.args[0]);
});
