import type { Micros } from '../../../../base/time.ts';
import type { Values } from '../values.ts';

/** The blocks that may say something, the innermost first. */
export type Layers = readonly Values[];

export function inheritedMicros(layers: Layers, name: string): Micros | undefined {
  return first(layers, (values) => values.micros(name));
}

export function inheritedNumber(layers: Layers, name: string): number | undefined {
  return first(layers, (values) => values.number(name));
}

export function inheritedText(layers: Layers, name: string): string | undefined {
  return first(layers, (values) => values.text(name));
}

/** A keyword that takes no word in the outer blocks means true there. */
export function inheritedFlag(layers: Layers, name: string): boolean {
  return first(layers, (values) => values.bool(name) ?? isBare(values, name)) ?? false;
}

function isBare(values: Values, name: string): true | undefined {
  return values.statement(name)?.definition.arguments.length === 0 ? true : undefined;
}

function first<T>(layers: Layers, read: (values: Values) => T | undefined): T | undefined {
  for (const values of layers) {
    const value = read(values);
    if (value !== undefined) return value;
  }
  return undefined;
}
