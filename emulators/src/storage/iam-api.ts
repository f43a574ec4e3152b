import { invalid, StorageError } from './errors.ts';
import { type Call, type Reply, readJson } from './http.ts';
import type { BucketRecord } from './state.ts';
import type { Store } from './store.ts';

/** Google's policy of a bucket; it is kept and given back, and grants or denies nothing. */
export async function getPolicy(store: Store, call: Call): Promise<Reply> {
  return { json: policyResource(store.bucket(call.path.bucket as string).record) };
}

/** Throws 412 if the etag is not that of the current policy. */
export async function setPolicy(store: Store, call: Call): Promise<Reply> {
  const { version = 1, bindings = [], etag } = await readJson(call);
  if (!Array.isArray(bindings)) throw invalid('bindings is not a list');
  const { record } = store.bucket(call.path.bucket as string);
  if (etag !== undefined && etag !== policyResource(record).etag) {
    throw new StorageError(412, 'conditionNotMet', 'The policy has changed meanwhile');
  }
  const count = (record.policy?.count ?? 0) + 1;
  const bucket: BucketRecord = { ...record, policy: { version, bindings, count } };
  await store.commit([{ kind: 'bucket', bucket }]);
  return { json: policyResource(bucket) };
}

/** Whoever reaches an emulator may do everything. */
export async function testPermissions(store: Store, call: Call): Promise<Reply> {
  store.bucket(call.path.bucket as string);
  const permissions = call.query.getAll('permissions');
  return { json: { kind: 'storage#testIamPermissionsResponse', permissions } };
}

/** gcloud asks who sends the notifications of a bucket, to let them publish. */
export async function getServiceAccount(_store: Store, call: Call): Promise<Reply> {
  const email = `service-${call.path.project}@gs-project-accounts.iam.gserviceaccount.com`;
  return { json: { kind: 'storage#serviceAccount', email_address: email } };
}

function policyResource({ name, policy }: BucketRecord) {
  const { version = 1, bindings = [], count = 0 } = policy ?? {};
  return {
    kind: 'storage#policy',
    resourceId: `projects/_/buckets/${name}`,
    version,
    etag: Buffer.from(String(count)).toString('base64'),
    bindings,
  };
}
