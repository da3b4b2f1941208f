/** What one line of a watch says. */
import { type Fields, fieldsOf, textOf, textsOf } from '../../base/json-fields.ts';
import { ApiError, retryAfterMs } from './api-error.ts';

export interface WatchEvent {
  readonly type: string;
  readonly object: Fields;
}

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

export function readEvent(value: unknown): WatchEvent {
  const { type, object } = fieldsOf(value);
  return { type: textOf(type), object: fieldsOf(object) };
}

/** '' where it has none. */
export function versionOf(object: Fields): string {
  return textOf(fieldsOf(object.metadata).resourceVersion);
}

/** The bookmark after which all that there was has been sent (KEP-3157). */
export function endsInitialEvents({ type, object }: WatchEvent): boolean {
  const { annotations } = fieldsOf(object.metadata);
  return type === 'BOOKMARK' && textsOf(annotations)[INITIAL_EVENTS_END] === 'true';
}

/** A Status in the place of an object. */
export function errorOf(path: string, status: Fields): ApiError {
  const { code, message, details } = status;
  const { retryAfterSeconds } = fieldsOf(details);
  return new ApiError('refused', `${path}: ${textOf(message) || 'an error'}`, {
    status: typeof code === 'number' ? code : 0,
    retryAfterMs: retryAfterMs(
      retryAfterSeconds === undefined ? undefined : `${retryAfterSeconds}`,
    ),
  });
}
