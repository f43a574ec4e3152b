import {
  DOUBLE,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  VARCHAR,
} from '@duckdb/node-api';

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

/**
 * Decimal text, as `-12.5e-3`, to nine decimals, half away from zero: DuckDB takes 5e-20 for
 * 0.000000001. What is too large for a NUMERIC comes back as it is.
 */
export function roundedNumeric(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/.exec(text) ?? [];
  const power = Number(exponent) - fraction.length + 9;
  const digits = BigInt(`0${whole}${fraction}`);
  if (60 < power) return text;
  const isGone = power < -whole.length - fraction.length;
  const unit = isGone ? 1n : 10n ** BigInt(Math.abs(power));
  const billionths = isGone ? 0n : 0 <= power ? digits * unit : (2n * digits + unit) / (2n * unit);
  const all = String(billionths).padStart(10, '0');
  return `${sign === '-' ? '-' : ''}${all.slice(0, -9)}.${all.slice(-9)}`;
}

/** Both for DuckDB: NULL of NULL. What is no number makes the cast that follows fail. */
export function numericFunctions(): DuckDBScalarFunction[] {
  return [
    textFunction('bq_exact_numeric', DOUBLE, (value) =>
      typeof value === 'number' ? (exactNumeric(value) ?? String(value)) : null,
    ),
    textFunction('bq_rounded_numeric', VARCHAR, (value) =>
      typeof value === 'string' ? roundedNumeric(value) : null,
    ),
  ];
}

function textFunction(
  name: string,
  type: DuckDBType,
  change: (value: DuckDBValue) => string | null,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name,
    parameterTypes: [type],
    returnType: VARCHAR,
    mainFunction: (_, input, output) => {
      const values = input.getColumnVector(0);
      for (let row = 0; row < input.rowCount; row += 1)
        output.setItem(row, change(values.getItem(row)));
      output.flush();
    },
  });
}
