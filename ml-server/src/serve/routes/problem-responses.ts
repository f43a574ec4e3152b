import { PROBLEMS } from '../problem.ts';

type Status = (typeof PROBLEMS)[keyof typeof PROBLEMS]['status'];

/** The error answers of a route, for its documentation. */
export function problemResponses(...statuses: Status[]) {
  return Object.fromEntries(
    statuses.map((status) => {
      const titles = Object.values(PROBLEMS)
        .filter((problem) => problem.status === status)
        .map(({ title }) => title);
      const content = { 'application/problem+json': { schema: { $ref: 'Problem#' } } };
      return [status, { description: titles.join('; or: '), content }];
    }),
  );
}
