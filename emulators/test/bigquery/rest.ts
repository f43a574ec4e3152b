import type { Answer, Plain } from './reference.ts';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly mode?: string;
  readonly fields?: readonly Field[];
}
interface Cell {
  readonly v: unknown;
}

/** Runs one query over HTTP and gives its rows in the corpus's form, or the error's message. */
export async function ask(url: string, query: string): Promise<Answer> {
  const response = await fetch(`${url}/projects/demo/queries`, {
    method: 'POST',
    body: JSON.stringify({
      query,
      useLegacySql: false,
      // A busy machine takes its time; an answer without rows would be taken for an empty one.
      timeoutMs: 200_000,
      formatOptions: { useInt64Timestamp: true },
    }),
  });
  const body = (await response.json()) as {
    error?: { message: string };
    schema?: { fields: Field[] };
    rows?: { f: Cell[] }[];
  };
  if (body.error !== undefined) return { error: body.error.message };
  const fields = body.schema?.fields ?? [];
  return {
    rows: (body.rows ?? []).map((row) => row.f.map((cell, index) => plain(cell.v, fields[index]))),
  };
}

function plain(value: unknown, field: Field | undefined): Plain {
  if (field?.mode === 'REPEATED') {
    const element: Field = { ...field, mode: 'NULLABLE' };
    return (value as Cell[]).map((item) => plain(item.v, element));
  }
  if (value === null) return null;
  switch (field?.type) {
    case 'RECORD':
      return (value as { f: Cell[] }).f.map((cell, index) => plain(cell.v, field.fields?.[index]));
    case 'FLOAT': {
      const number = Number(value);
      return Number.isFinite(number) ? number : String(number);
    }
    case 'BOOLEAN':
      return value === 'true';
    case 'TIMESTAMP':
      return timestamp(BigInt(value as string));
    default:
      return String(value);
  }
}

function timestamp(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = new Date(Number((micros - rest) / 1000n))
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
  return `${seconds}${rest === 0n ? '' : `.${String(rest).padStart(6, '0')}`}+00`;
}
