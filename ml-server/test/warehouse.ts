import { BigQuery, type TableField } from '@google-cloud/bigquery';
import { DATASET, TABLES, viewSql } from '@plumbline/contracts';
import { startBigQuery } from '@plumbline/emulators';
import { onTestFinished } from 'vitest';

/** A reading as the function ingest stores it. */
export interface StoredReading {
  readonly deviceId: string;
  readonly atMs: number;
  readonly temperature?: number;
  readonly vibration?: number;
  readonly label?: string;
}

/** A warehouse in the emulator, reached by Google's client; gone when the test ends. */
export async function startWarehouse() {
  const emulator = await startBigQuery();
  onTestFinished(() => emulator.stop());
  const bigquery = new BigQuery({
    projectId: 'test',
    apiEndpoint: `http://${emulator.host}`,
    autoRetry: false,
  });
  const [dataset] = await bigquery.createDataset(DATASET);
  const [table] = await dataset.createTable('readings_raw', {
    schema: structuredClone(TABLES.readings_raw.columns) as unknown as TableField[],
  });
  const [predictions] = await dataset.createTable('predictions', {
    schema: structuredClone(TABLES.predictions.columns) as unknown as TableField[],
  });
  await dataset.createTable('anomalies', {
    schema: structuredClone(TABLES.anomalies.columns) as unknown as TableField[],
  });
  await dataset.createTable('model_versions', {
    schema: structuredClone(TABLES.model_versions.columns) as unknown as TableField[],
  });
  await dataset.createTable('readings', {
    view: { query: viewSql('readings'), useLegacySql: false },
  });
  return {
    env: emulator.env,
    stop: () => emulator.stop(),
    bigquery,
    async store(readings: readonly StoredReading[]): Promise<void> {
      const rows = readings.map(({ deviceId, atMs, ...rest }) => ({
        reading_id: `${deviceId}/${atMs}`,
        device_id: deviceId,
        measured_at: new Date(atMs).toISOString(),
        received_at: new Date(atMs + 1000).toISOString(),
        message_id: '1',
        ...rest,
      }));
      for (let start = 0; start < rows.length; start += 5_000) {
        await table.insert(rows.slice(start, start + 5_000));
      }
    },
    /** Notes that the function detect had them judged. */
    async judged(
      readings: readonly StoredReading[],
      isAnomaly: (index: number) => boolean = () => false,
    ): Promise<void> {
      await predictions.insert(
        readings.map(({ deviceId, atMs }, i) => ({
          reading_id: `${deviceId}/${atMs}`,
          device_id: deviceId,
          measured_at: new Date(atMs).toISOString(),
          predicted_at: new Date(atMs + 2000).toISOString(),
          is_anomaly: isAnomaly(i),
          score: 0,
          threshold: 1,
          severity: 'normal',
        })),
      );
    },
  };
}
