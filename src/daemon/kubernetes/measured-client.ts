/** Counts what is asked of the API server, and what comes of it, for each kind of object. */

import type { ResourceFigures } from '../../api/prometheus/kubernetes-table.ts';
import {
  ApiClient,
  type ApiRequest,
  type StreamParts,
} from '../../kubernetes/client/api-client.ts';
import { ApiError, type ApiTrouble } from '../../kubernetes/client/api-error.ts';
import { endsInitialEvents, readEvent } from '../../kubernetes/client/watch-events.ts';

const RESOURCES = ['configmaps', 'services', 'nodes', 'endpointslices', 'endpoints'] as const;
type Resource = (typeof RESOURCES)[number];

/** A version that is too old is nothing wrong. */
const GONE = 410;
/** A server that does not know lists as watches says so. */
const NOT_OFFERED: readonly number[] = [400, 422];

interface Counted {
  state: ResourceFigures['state'];
  lists: number;
  watches: number;
  events: number;
  readonly errors: Record<ApiTrouble, number>;
}

export class MeasuredClient extends ApiClient {
  readonly #counted = new Map<Resource, Counted>();

  /** Of what has been asked for at least once. */
  figures(): readonly ResourceFigures[] {
    return [...this.#counted].map(([resource, counted]) => ({
      resource,
      ...counted,
      errors: { ...counted.errors },
    }));
  }

  override async ask(asked: ApiRequest, limitMs?: number): Promise<unknown> {
    const counted = this.#countedOf(asked);
    if (counted === undefined) return super.ask(asked, limitMs);
    // Of one list the pages after the first.
    if (asked.query?.continue === undefined) counted.lists++;
    const answer = await judge(counted, super.ask(asked, limitMs), () => false);
    counted.state = 'followed';
    return answer;
  }

  override stream(asked: ApiRequest, parts: StreamParts): Promise<void> {
    const counted = this.#countedOf(asked);
    if (counted === undefined) return super.stream(asked, parts);
    counted.watches++;
    const onValue = (value: unknown): void => {
      counted.events++;
      counted.state = 'followed';
      // A list that has come as a watch.
      if (endsInitialEvents(readEvent(value))) counted.lists++;
      parts.onValue(value);
    };
    const { signal } = parts;
    const isTry = asked.query?.sendInitialEvents === 'true';
    return judge(counted, super.stream(asked, { ...parts, onValue }), (error) => {
      // Whoever asks gives up, or asks whether there are lists as watches.
      return signal.aborted || (isTry && NOT_OFFERED.includes(error.status));
    });
  }

  /** Undefined: it is none of a collection that is followed. */
  #countedOf({ method = 'GET', path, query }: ApiRequest): Counted | undefined {
    const resource = RESOURCES.find((one) => path.endsWith(`/${one}`));
    if (method !== 'GET' || query === undefined || resource === undefined) return undefined;
    let counted = this.#counted.get(resource);
    if (counted === undefined) {
      const errors = { unreachable: 0, timeout: 0, refused: 0, garbage: 0 };
      counted = { state: 'in trouble', lists: 0, watches: 0, events: 0, errors };
      this.#counted.set(resource, counted);
    }
    return counted;
  }
}

async function judge<Value>(
  counted: Counted,
  answer: Promise<Value>,
  isWell: (error: ApiError) => boolean,
): Promise<Value> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status !== GONE && !isWell(error)) {
      counted.errors[error.trouble]++;
      counted.state = 'in trouble';
    }
    throw error;
  }
}
