/** Reads what came as JSON from somebody else: whatever has another shape is absent. */

export type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Fields)
    : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Only what is text. */
export function textsOf(value: unknown): Record<string, string> {
  const pairs = Object.entries(fieldsOf(value));
  return Object.fromEntries(
    pairs.flatMap(([key, text]) => (typeof text === 'string' ? [[key, text]] : [])),
  );
}

/** An integer of the range, or undefined. */
export function integerOf(value: unknown, range: readonly [min: number, max: number]) {
  return typeof value === 'number' && Number.isInteger(value) && isIn(value, range)
    ? value
    : undefined;
}

/** The same of its decimal digits. */
export function parseInteger(text: string, range: readonly [min: number, max: number]) {
  const value = /^(?:0|[1-9]\d{0,9})$/.test(text) ? Number(text) : Number.NaN;
  return isIn(value, range) ? value : undefined;
}

function isIn(value: number, [min, max]: readonly [number, number]): boolean {
  return value >= min && value <= max;
}
