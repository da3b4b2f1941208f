/** Files of variables in YAML. */
import { LineCounter, parseDocument } from 'yaml';
import { failed, ok, type Result } from '../../base/result.ts';

/** Names and what stands behind them, as in YAML 1.1; or the line that cannot be read. */
export function parseYamlVariables(text: string): Result<ReadonlyMap<string, unknown>, number> {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { version: '1.1', lineCounter });
  const [error] = document.errors;
  if (error !== undefined) return failed(lineCounter.linePos(error.pos[0]).line);
  const value: unknown = document.toJS({ maxAliasCount: 10 });
  if (value === null) return ok(new Map());
  if (typeof value !== 'object' || Array.isArray(value)) return failed(1);
  return ok(new Map(Object.entries(value)));
}
