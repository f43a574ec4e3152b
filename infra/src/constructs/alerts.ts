import { BillingBudget } from '@cdktf/provider-google/lib/billing-budget/index.js';
import {
  MonitoringAlertPolicy,
  type MonitoringAlertPolicyConditions,
} from '@cdktf/provider-google/lib/monitoring-alert-policy/index.js';
import { MonitoringNotificationChannel } from '@cdktf/provider-google/lib/monitoring-notification-channel/index.js';
import { Construct } from 'constructs';
import { ALERT_RULES, type AlertRule } from '../alert-rules.ts';
import type { Config } from '../config.ts';
import { runbookSection } from '../runbook.ts';

/** Tells people what is wrong and what to do: each alert carries its section of the runbook. */
export function alerts(
  parent: Construct,
  config: Config,
  projectNumber: string,
  runbook: string,
): void {
  const scope = new Construct(parent, 'alerts');
  const channels = config.alertEmails.map(
    (address) =>
      new MonitoringNotificationChannel(scope, `mail-${address}`, {
        displayName: address,
        type: 'email',
        labels: { email_address: address },
      }),
  );
  const notificationChannels = channels.map((channel) => channel.id);
  for (const rule of ALERT_RULES) {
    new MonitoringAlertPolicy(scope, rule.id, {
      displayName: rule.title,
      combiner: 'OR',
      severity: rule.severity,
      conditions: [conditionOf(rule)],
      notificationChannels,
      documentation: {
        subject: `Plumbline ${config.name}: ${rule.title}`,
        content: runbookSection(runbook, rule.id),
        mimeType: 'text/markdown',
        ...(config.runbookUrl && {
          links: [{ displayName: 'Runbook', url: `${config.runbookUrl}#${rule.id}` }],
        }),
      },
      alertStrategy: { autoClose: '86400s' },
    });
  }
  if (config.budget) addBudget(scope, config.budget, projectNumber, notificationChannels);
}

function conditionOf({ title, condition }: AlertRule): MonitoringAlertPolicyConditions {
  const alignmentPeriod = `${condition.alignSeconds}s`;
  const duration = `${condition.forSeconds}s`;
  if (condition.kind === 'absence') {
    return {
      displayName: title,
      conditionAbsent: {
        filter: condition.filter,
        duration,
        aggregations: [
          { alignmentPeriod, perSeriesAligner: 'ALIGN_DELTA', crossSeriesReducer: 'REDUCE_SUM' },
        ],
      },
    };
  }
  return {
    displayName: title,
    conditionThreshold: {
      filter: condition.filter,
      comparison: 'COMPARISON_GT',
      thresholdValue: condition.above,
      duration,
      aggregations: [
        {
          alignmentPeriod,
          perSeriesAligner: condition.aligner,
          crossSeriesReducer: reducerOf(condition.aligner),
          ...(condition.groupBy && { groupByFields: [...condition.groupBy] }),
        },
      ],
    },
  };
}

/** Counts add up over instances and response codes; ages and percentiles do not. */
function reducerOf(aligner: string): string {
  return aligner === 'ALIGN_DELTA' || aligner === 'ALIGN_RATE' ? 'REDUCE_SUM' : 'REDUCE_MAX';
}

function addBudget(
  scope: Construct,
  budget: NonNullable<Config['budget']>,
  projectNumber: string,
  notificationChannels: string[],
): void {
  new BillingBudget(scope, 'budget', {
    billingAccount: budget.billingAccount,
    displayName: 'Plumbline',
    budgetFilter: { projects: [`projects/${projectNumber}`] },
    amount: { specifiedAmount: { currencyCode: 'USD', units: String(budget.usdPerMonth) } },
    thresholdRules: [0.5, 0.9, 1].map((thresholdPercent) => ({ thresholdPercent })),
    ...(notificationChannels.length > 0 && {
      allUpdatesRule: {
        monitoringNotificationChannels: notificationChannels.slice(0, 5),
        disableDefaultIamRecipients: false,
      },
    }),
  });
}
