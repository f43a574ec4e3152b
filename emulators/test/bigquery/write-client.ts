import { credentials, loadPackageDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import { WRITE_API } from '../../src/bigquery/write-api/definition.ts';

export const PARENT = 'projects/demo/datasets/d/tables/t';
/** The rows of `d.t`. */
const ROW = new protobuf.Type('Row')
  .add(new protobuf.Field('id', 1, 'string'))
  .add(new protobuf.Field('n', 2, 'int64'))
  .add(new protobuf.Field('ts', 3, 'int64'))
  .add(new protobuf.Field('v', 4, 'double'))
  .add(new protobuf.Field('tags', 5, 'string', 'repeated'));
new protobuf.Root().add(ROW);

export const TABLE =
  'CREATE TABLE d.t (id STRING NOT NULL, n INT64, ts TIMESTAMP, v FLOAT64, tags ARRAY<STRING>)';

export interface Reply {
  readonly error?: { readonly code: number; readonly message: string };
  readonly appendResult?: { readonly offset: { readonly value: string } };
  readonly rowErrors?: readonly object[];
}

/** A client of the Storage Write API. */
export interface WriteClient {
  // biome-ignore lint/suspicious/noExplicitAny: replies are plain JSON
  call(method: string, request: object): Promise<any>;
  /** Sends requests down one connection and gives the replies. */
  append(writeStream: string, ...batches: { offset?: number; rows: object[] }[]): Promise<Reply[]>;
  close(): void;
}

export function openWriteClient(port: number | null): WriteClient {
  // biome-ignore lint/suspicious/noExplicitAny: the client is made from JSON and has no types
  const root = loadPackageDefinition(WRITE_API) as any;
  const client = new root.google.cloud.bigquery.storage.v1.BigQueryWrite(
    `127.0.0.1:${port}`,
    credentials.createInsecure(),
  );
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client[method](request, (error: Error | null, reply: object) =>
          error === null ? resolve(reply) : reject(error),
        );
      }),
    append: (writeStream, ...batches) => {
      const replies: Reply[] = [];
      const stream = client.AppendRows();
      const proto = (
        ROW as unknown as { toDescriptor(syntax: string): protobuf.Message }
      ).toDescriptor('proto2');
      const protoDescriptor = descriptor.DescriptorProto.encode(proto as never).finish();
      return new Promise((resolve, reject) => {
        stream.on('data', (reply: Reply) => replies.push(reply));
        stream.on('error', reject);
        stream.on('end', () => resolve(replies));
        for (const [index, batch] of batches.entries()) {
          stream.write({
            ...(index === 0 ? { writeStream } : {}),
            ...(batch.offset === undefined ? {} : { offset: { value: batch.offset } }),
            protoRows: {
              ...(index === 0 ? { writerSchema: { protoDescriptor } } : {}),
              rows: {
                serializedRows: batch.rows.map((row) => ROW.encode(ROW.create(row)).finish()),
              },
            },
          });
        }
        stream.end();
      });
    },
    close: () => client.close(),
  };
}
