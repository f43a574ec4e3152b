import { DOUBLE, DuckDBScalarFunction, VARCHAR } from '@duckdb/node-api';

/**
 * A finite number to nine decimals, half away from zero, from all digits that it has: DuckDB casts
 * 1e15 to 999999999999999.983222784. Null for what is not finite.
 */
export function exactNumeric(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(value));
  const raw = bits.getBigUint64(0);
  const power = Number(raw >> 52n);
  const fraction = raw & ((1n << 52n) - 1n);
  // |value| = mantissa * 2 ** exponent
  const mantissa = power === 0 ? fraction : fraction | (1n << 52n);
  const exponent = Math.max(power, 1) - 1075;
  const scaled = mantissa * 1_000_000_000n;
  const billionths =
    0 <= exponent
      ? scaled << BigInt(exponent)
      : (scaled + (1n << BigInt(-exponent - 1))) >> BigInt(-exponent);
  const digits = String(billionths).padStart(10, '0');
  return `${value < 0 ? '-' : ''}${digits.slice(0, -9)}.${digits.slice(-9)}`;
}

/** For DuckDB: NULL of NULL; fails of what is not finite. */
export function exactNumericFunction(): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: 'bq_exact_numeric',
    parameterTypes: [DOUBLE],
    returnType: VARCHAR,
    mainFunction: (_, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1) {
        const value = values.getItem(row);
        // What is no number makes the cast that follows fail.
        const text = typeof value === 'number' ? (exactNumeric(value) ?? String(value)) : null;
        output.setItem(row, text);
      }
      output.flush();
    },
  });
}
