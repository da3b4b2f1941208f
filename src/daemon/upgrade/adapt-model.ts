/**
 * The model of a program of another version, brought into the form of this one: what is missing there
 * is taken from what this program has read from disk, what is not known here is left out.
 */
import { failed, type Result } from '../../base/result.ts';
import type { Model } from '../../config/model/model.ts';
import { decodeModel, type EncodedModel, encodeModel } from '../../config/model/model-codec.ts';

/** Fields that one version may have beyond another. */
const UNKNOWN_MAX = 100;

export function adaptModel(json: EncodedModel, own: Model): Result<Model, string> {
  const decoded = decodeModel(json);
  if (decoded.ok) return decoded;
  const template = encodeModel(own, { secrets: 'revealed' });
  let adapted = fill(json, template);
  let reason = '';
  for (let count = 0; count < UNKNOWN_MAX; count++) {
    const attempt = decodeModel(adapted);
    if (attempt.ok) return attempt;
    reason = attempt.reason;
    const unknown = /([\w.[\]]+): is not known to this version$/.exec(reason)?.[1];
    if (unknown === undefined) break;
    adapted = without(adapted, unknown.replace(/\[\d+\]/g, '.*').split('.'));
  }
  return failed(reason);
}

function fill(value: unknown, template: unknown): unknown {
  if (Array.isArray(value)) {
    const others = Array.isArray(template) ? template : [];
    return value.map((item) => fill(item, others.find((one) => isSame(item, one)) ?? others[0]));
  }
  if (!isObject(value) || !isObject(template)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, other] of Object.entries(template)) {
    filled[name] = name in value ? fill(value[name], other) : other;
  }
  return filled;
}

/** Items of a list are the same where they have the same name. */
function isSame(left: unknown, right: unknown): boolean {
  return isObject(left) && isObject(right) && 'name' in left && left.name === right.name;
}

function without(value: unknown, path: readonly string[]): unknown {
  const [first = '', ...rest] = path;
  if (Array.isArray(value)) return value.map((item) => without(item, rest));
  if (!isObject(value)) return value;
  const { [first]: inner, ...others } = value;
  return rest.length === 0 ? others : { ...others, [first]: without(inner, rest) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
