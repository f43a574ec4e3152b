/**
 * What a query of a person or of a tool may read: `maximumBytesBilled`, 10 GiB. BigQuery refuses it before it runs
 * when it would read more, so that a mistake costs cents.
 *
 * Source: https://cloud.google.com/bigquery/docs/best-practices-costs#limit_query_costs_by_restricting_the_number_of_bytes_billed
 */
export const MAX_BYTES_BILLED = String(10 * 2 ** 30);
