/** The model as JSON and back: for recordings, and from one process to the next. */
import { failed, ok, type Result } from '../../base/result.ts';
import { formatMisfit } from '../../base/shape.ts';
import { mapSecrets } from './map-secrets.ts';
import type { Model } from './model.ts';
import { modelShape } from './model-shape.ts';
import { Redaction } from './redaction.ts';

/** Plain data that JSON.stringify writes as it is. */
export type EncodedModel = object;

/**
 * `redacted`: different secrets and script arguments stay different, equal ones equal, so that what
 * the engine decides stays the same.
 */
export function encodeModel(
  model: Model,
  { secrets }: { readonly secrets: 'redacted' | 'revealed' },
): EncodedModel {
  const shown = secrets === 'revealed' ? model : new Redaction().model(model);
  return mapSecrets(shown, (secret) => ({ secret: secret.reveal() })) as EncodedModel;
}

/** Says what does not fit; never throws. */
export function decodeModel(json: unknown): Result<Model, string> {
  const read = modelShape(json);
  return read.ok ? ok(read.value) : failed(formatMisfit(read.reason));
}
