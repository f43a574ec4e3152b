import { BigqueryDataTransferConfig } from '@cdktf/provider-google/lib/bigquery-data-transfer-config/index.js';
import { BigqueryDataset } from '@cdktf/provider-google/lib/bigquery-dataset/index.js';
import { BigqueryDatasetIamMember } from '@cdktf/provider-google/lib/bigquery-dataset-iam-member/index.js';
import { BigqueryRoutine } from '@cdktf/provider-google/lib/bigquery-routine/index.js';
import { BigqueryTable } from '@cdktf/provider-google/lib/bigquery-table/index.js';
import { BigqueryTableIamMember } from '@cdktf/provider-google/lib/bigquery-table-iam-member/index.js';
import { CloudQuotasQuotaPreference } from '@cdktf/provider-google/lib/cloud-quotas-quota-preference/index.js';
import { ProjectIamMember } from '@cdktf/provider-google/lib/project-iam-member/index.js';
import type { ServiceAccount } from '@cdktf/provider-google/lib/service-account/index.js';
import { ServiceAccountIamMember } from '@cdktf/provider-google/lib/service-account-iam-member/index.js';
import {
  DATASET,
  labelsOf,
  ROUTINES,
  type Routine,
  type RoutineName,
  routineSql,
  SCHEDULED_QUERIES,
  type Schedule,
  type ScheduledQueryName,
  scheduledSql,
  TABLES,
  type Table,
  type TableName,
  VIEWS,
  type ViewName,
  viewSql,
} from '@plumbline/contracts';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import { serviceAccount, serviceAgent } from './service-account.ts';

const DAY_MS = 86_400_000;
const MIB_PER_TIB = 2 ** 20;

export interface Warehouse {
  readonly dataset: BigqueryDataset;
  /** The run of a scheduled query has this id in logs and metrics. */
  readonly scheduledQueries: Readonly<Record<ScheduledQueryName, BigqueryDataTransferConfig>>;
  /** Lets an identity append to and change one table, and nothing else. */
  grantWrite(account: ServiceAccount, table: TableName): ITerraformDependable;
  /** Lets an identity read every table and view, and run queries. */
  grantQuery(account: ServiceAccount): ITerraformDependable[];
}

/** The dataset with the tables, views, functions and scheduled queries of `contracts/`. */
export function warehouse(parent: Construct, config: Config, projectNumber: string): Warehouse {
  const scope = new Construct(parent, 'warehouse');
  const { dataset, tables, views } = datasetOf(scope, config);

  const grantWrite: Warehouse['grantWrite'] = (account, table) =>
    new BigqueryTableIamMember(scope, `${account.accountIdInput}-writes-${table}`, {
      datasetId: dataset.datasetId,
      tableId: tables[table].tableId,
      role: 'roles/bigquery.dataEditor',
      member: account.member,
    });
  const grantQuery: Warehouse['grantQuery'] = (account) => [
    new BigqueryDatasetIamMember(scope, `${account.accountIdInput}-reads`, {
      datasetId: dataset.datasetId,
      role: 'roles/bigquery.dataViewer',
      member: account.member,
    }),
    new ProjectIamMember(scope, `${account.accountIdInput}-queries`, {
      project: config.projectId,
      role: 'roles/bigquery.jobUser',
      member: account.member,
    }),
  ];

  const aggregator = serviceAccount(scope, 'aggregator', 'Runs the scheduled queries');
  const ready = [
    ...views,
    ...grantQuery(aggregator),
    grantWrite(aggregator, 'aggregates_1m'),
    // The transfer service acts as the aggregator: https://cloud.google.com/bigquery/docs/use-service-accounts
    new ServiceAccountIamMember(scope, 'transfer-acts-as-aggregator', {
      serviceAccountId: aggregator.name,
      role: 'roles/iam.serviceAccountTokenCreator',
      member: serviceAgent(projectNumber, 'gcp-sa-bigquerydatatransfer'),
    }),
  ];
  const scheduledQueries = mapValues(SCHEDULED_QUERIES, (schedule: Schedule, name) =>
    scheduledQuery(scope, config, name, schedule, aggregator, ready),
  );
  queryQuota(scope, config);
  return { dataset, scheduledQueries, grantWrite, grantQuery };
}

/**
 * What the queries of each person and of each service account may read in a day. Queries of ours carry a bound of their
 * own, `maximumBytesBilled`; the transfer service has none to give to a scheduled query, so that this is what stops one.
 *
 * Source: https://cloud.google.com/bigquery/docs/custom-quotas
 */
function queryQuota(scope: Construct, config: Config): void {
  new CloudQuotasQuotaPreference(scope, 'query-quota', {
    parent: `projects/${config.projectId}`,
    service: 'bigquery.googleapis.com',
    quotaId: 'QueryUsagePerUserPerDay',
    quotaConfig: { preferredValue: String(config.queriedTiBPerDay * MIB_PER_TIB) },
    // It is unlimited before, and less than that is always much less.
    ignoreSafetyChecks: 'QUOTA_DECREASE_PERCENTAGE_TOO_HIGH',
  });
}

export interface DatasetParts {
  readonly dataset: BigqueryDataset;
  readonly tables: Readonly<Record<TableName, BigqueryTable>>;
  readonly views: readonly BigqueryTable[];
  readonly routines: readonly BigqueryRoutine[];
}

/** The dataset itself, which an emulator can hold as well. */
export function datasetOf(
  scope: Construct,
  config: Pick<Config, 'dataLocation' | 'isProtected'>,
): DatasetParts {
  const dataset = new BigqueryDataset(scope, 'dataset', {
    datasetId: DATASET,
    location: config.dataLocation,
    description: 'Readings of devices, their aggregates, predictions and anomalies',
    deleteContentsOnDestroy: !config.isProtected,
  });
  const tables = mapValues(TABLES, (table: Table, name) => {
    return new BigqueryTable(scope, `table-${name}`, {
      datasetId: dataset.datasetId,
      tableId: name,
      description: table.description,
      labels: labelsOf(table.kind),
      schema: JSON.stringify(table.columns),
      timePartitioning: {
        type: table.partitionUnit,
        field: table.partitionBy,
        ...(table.expirationDays && { expirationMs: table.expirationDays * DAY_MS }),
      },
      clustering: [...table.clusterBy],
      deletionProtection: config.isProtected,
    });
  });
  const views: BigqueryTable[] = [];
  for (const name of Object.keys(VIEWS) as ViewName[]) {
    views.push(
      new BigqueryTable(scope, `view-${name}`, {
        datasetId: dataset.datasetId,
        tableId: name,
        description: VIEWS[name],
        labels: labelsOf('views'),
        view: { query: viewSql(name), useLegacySql: false },
        // A view holds no data: it may be made anew.
        deletionProtection: false,
        // Terraform cannot see in the text what a view reads: the contracts list views in order.
        dependsOn: [...Object.values(tables), ...views],
      }),
    );
  }
  const routines: BigqueryRoutine[] = [];
  for (const name of Object.keys(ROUTINES) as RoutineName[]) {
    routines.push(routine(scope, dataset, name, [...views, ...routines]));
  }
  return { dataset, tables, views, routines };
}

/** A function that analysts call. One may call those before it, which Terraform cannot see in the text. */
function routine(
  scope: Construct,
  dataset: BigqueryDataset,
  name: RoutineName,
  dependsOn: ITerraformDependable[],
): BigqueryRoutine {
  const { kind, description, parameters, returns }: Routine = ROUTINES[name];
  return new BigqueryRoutine(scope, `routine-${name}`, {
    datasetId: dataset.datasetId,
    routineId: name,
    routineType: kind,
    language: 'SQL',
    description,
    definitionBody: routineSql(name),
    arguments: parameters.map((one) => ({
      name: one.name,
      dataType: JSON.stringify({ typeKind: one.type }),
    })),
    ...(returns && { returnType: JSON.stringify({ typeKind: returns }) }),
    dependsOn,
  });
}

function scheduledQuery(
  scope: Construct,
  config: Config,
  name: ScheduledQueryName,
  schedule: Schedule,
  runsAs: ServiceAccount,
  dependsOn: ITerraformDependable[],
): BigqueryDataTransferConfig {
  const minute = String(schedule.startMinute).padStart(2, '0');
  return new BigqueryDataTransferConfig(scope, `schedule-${name}`, {
    displayName: name,
    dataSourceId: 'scheduled_query',
    location: config.dataLocation,
    schedule: `every ${schedule.everyMinutes} minutes`,
    // Any past moment at that minute: the first run sets the rhythm, and a fixed one keeps the plan empty.
    scheduleOptions: { startTime: `2026-01-01T00:${minute}:00Z` },
    serviceAccountName: runsAs.email,
    params: { query: scheduledSql(name) },
    emailPreferences: { enableFailureEmail: false },
    dependsOn,
  });
}

function mapValues<const Key extends string, From, To>(
  from: Readonly<Record<Key, From>>,
  change: (value: From, key: Key) => To,
): Record<Key, To> {
  const entries = Object.entries(from) as [Key, From][];
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value, key)])) as Record<
    Key,
    To
  >;
}
