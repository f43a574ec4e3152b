import { fromJSON } from '@grpc/proto-loader';

/**
 * google.cloud.bigquery.storage.v1.BigQueryWrite, as far as it is served here. Well-known types are
 * spelled out, and the writer's descriptor stays bytes: they are the same on the wire.
 *
 * Source: https://cloud.google.com/bigquery/docs/reference/storage/rpc/google.cloud.bigquery.storage.v1
 */
const field = (type: string, id: number, rule?: 'repeated') =>
  rule === undefined ? { type, id } : { rule, type, id };
const method = (request: string, response: string) => ({
  requestType: request,
  responseType: response,
});

const V1 = {
  BigQueryWrite: {
    methods: {
      CreateWriteStream: method('CreateWriteStreamRequest', 'WriteStream'),
      AppendRows: {
        ...method('AppendRowsRequest', 'AppendRowsResponse'),
        requestStream: true,
        responseStream: true,
      },
      GetWriteStream: method('GetWriteStreamRequest', 'WriteStream'),
      FinalizeWriteStream: method('FinalizeWriteStreamRequest', 'FinalizeWriteStreamResponse'),
      BatchCommitWriteStreams: method(
        'BatchCommitWriteStreamsRequest',
        'BatchCommitWriteStreamsResponse',
      ),
      FlushRows: method('FlushRowsRequest', 'FlushRowsResponse'),
    },
  },
  Int64Value: { fields: { value: field('int64', 1) } },
  Timestamp: { fields: { seconds: field('int64', 1), nanos: field('int32', 2) } },
  Status: { fields: { code: field('int32', 1), message: field('string', 2) } },
  CreateWriteStreamRequest: {
    fields: { parent: field('string', 1), writeStream: field('WriteStream', 2) },
  },
  WriteStream: {
    fields: {
      name: field('string', 1),
      type: field('int32', 2),
      createTime: field('Timestamp', 3),
      commitTime: field('Timestamp', 4),
      tableSchema: field('TableSchema', 5),
      writeMode: field('int32', 7),
      location: field('string', 8),
    },
  },
  TableSchema: { fields: { fields: field('TableFieldSchema', 1, 'repeated') } },
  TableFieldSchema: {
    fields: {
      name: field('string', 1),
      type: field('int32', 2),
      mode: field('int32', 3),
      fields: field('TableFieldSchema', 4, 'repeated'),
      description: field('string', 6),
    },
  },
  AppendRowsRequest: {
    oneofs: { rows: { oneof: ['protoRows', 'arrowRows'] } },
    fields: {
      writeStream: field('string', 1),
      offset: field('Int64Value', 2),
      protoRows: field('ProtoData', 4),
      arrowRows: field('bytes', 5),
      traceId: field('string', 6),
    },
  },
  ProtoData: { fields: { writerSchema: field('ProtoSchema', 1), rows: field('ProtoRows', 2) } },
  ProtoSchema: { fields: { protoDescriptor: field('bytes', 1) } },
  ProtoRows: { fields: { serializedRows: field('bytes', 1, 'repeated') } },
  AppendRowsResponse: {
    oneofs: { response: { oneof: ['appendResult', 'error'] } },
    fields: {
      appendResult: field('AppendResult', 1),
      error: field('Status', 2),
      rowErrors: field('RowError', 4, 'repeated'),
      writeStream: field('string', 5),
    },
  },
  AppendResult: { fields: { offset: field('Int64Value', 1) } },
  RowError: {
    fields: { index: field('int64', 1), code: field('int32', 2), message: field('string', 3) },
  },
  GetWriteStreamRequest: { fields: { name: field('string', 1), view: field('int32', 3) } },
  FinalizeWriteStreamRequest: { fields: { name: field('string', 1) } },
  FinalizeWriteStreamResponse: { fields: { rowCount: field('int64', 1) } },
  BatchCommitWriteStreamsRequest: {
    fields: { parent: field('string', 1), writeStreams: field('string', 2, 'repeated') },
  },
  BatchCommitWriteStreamsResponse: {
    fields: {
      commitTime: field('Timestamp', 1),
      streamErrors: field('StorageError', 2, 'repeated'),
    },
  },
  StorageError: {
    fields: {
      code: field('int32', 1),
      entity: field('string', 2),
      errorMessage: field('string', 3),
    },
  },
  FlushRowsRequest: { fields: { writeStream: field('string', 1), offset: field('Int64Value', 2) } },
  FlushRowsResponse: { fields: { offset: field('int64', 1) } },
};

const nested = ['google', 'cloud', 'bigquery', 'storage', 'v1'].reduceRight<object>(
  (inner, name) => ({ [name]: { nested: inner } }),
  V1,
);

export const WRITE_API = fromJSON({ nested } as Parameters<typeof fromJSON>[0], {
  longs: String,
  oneofs: true,
});

export interface AppendRowsRequest {
  readonly writeStream?: string;
  readonly offset?: { readonly value?: string } | null;
  readonly rows?: 'protoRows' | 'arrowRows';
  readonly protoRows?: {
    readonly writerSchema?: { readonly protoDescriptor?: Uint8Array } | null;
    readonly rows?: { readonly serializedRows?: readonly Uint8Array[] } | null;
  } | null;
}
