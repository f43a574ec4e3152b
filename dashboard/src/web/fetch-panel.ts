/** The answer of one panel, its rows as objects. */
export interface PanelData<Row> {
  readonly asOfMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly queries: readonly { readonly sql: string; readonly params: Record<string, unknown> }[];
}

/** What went wrong, for a person: `BigQuery cannot be reached` and why. */
export class PanelError extends Error {
  override readonly name = 'PanelError';
}

interface WireAnswer {
  readonly as_of: number;
  readonly from: number;
  readonly to: number;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly queries: PanelData<never>['queries'];
}

/** Asks the API for a panel. The rows are what the server says they are: we ship both. */
export async function fetchPanel<Row>(
  name: string,
  query: string,
  signal: AbortSignal,
): Promise<PanelData<Row>> {
  const response = await fetch(`/api/panels/${name}${query}`, { signal }).catch((error: Error) => {
    if (error.name === 'AbortError') throw error;
    throw new PanelError('The dashboard server cannot be reached', { cause: error });
  });
  if (!response.ok) throw new PanelError(await problemText(response));
  const answer = (await response.json()) as WireAnswer;
  return {
    asOfMs: answer.as_of,
    fromMs: answer.from,
    toMs: answer.to,
    columns: answer.columns,
    rows: answer.rows.map(
      (cells) => Object.fromEntries(answer.columns.map((name, i) => [name, cells[i]])) as Row,
    ),
    queries: answer.queries,
  };
}

/** Title and detail of an RFC 9457 body, or the status if it has none. */
export async function problemText(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => null);
  const { title, detail } = (body ?? {}) as { title?: unknown; detail?: unknown };
  if (typeof title !== 'string') return `The server answered ${response.status}`;
  return typeof detail === 'string' ? `${title}: ${detail}` : title;
}
