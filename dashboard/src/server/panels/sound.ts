import { inPredictions, type Panel } from './panel.ts';
import { stepOf, stepSql } from './steps.ts';

/** How strange random cut forests found the readings of series that have one, in at most about 300 steps. */
export const cutForestScores: Panel = {
  description: 'Scores of random cut forests over time',
  async answer(ask, filters) {
    const stepMs = stepOf(filters.toMs - filters.fromMs);
    const { sql, params } = inPredictions(filters);
    const rows = await ask({
      sql: `SELECT
  ${stepSql('measured_at')} AS step,
  AVG(random_cut_forest_score) AS mean,
  MIN(random_cut_forest_score) AS min,
  MAX(random_cut_forest_score) AS max
FROM iot_data.predictions
WHERE ${sql} AND random_cut_forest_score IS NOT NULL
GROUP BY step
ORDER BY step`,
      params: { ...params, step_ms: stepMs },
    });
    return rows.map(({ step, ...row }) => ({
      start_at: Number(step) * stepMs,
      step_ms: stepMs,
      ...row,
    }));
  },
};
