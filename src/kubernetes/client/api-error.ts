/** Why a request to the API server came to nothing. */
export type ApiTrouble =
  /** No connection, or it broke off. */
  | 'unreachable'
  /** Nothing came in time. */
  | 'timeout'
  /** It answered, by a status. */
  | 'refused'
  /** What came is none of its answers. */
  | 'garbage';

export class ApiError extends Error {
  readonly trouble: ApiTrouble;
  /** 0 where there was none. */
  readonly status: number;
  /** As the server asks for, by Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(
    trouble: ApiTrouble,
    message: string,
    { status = 0, retryAfterMs }: { status?: number; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.name = 'ApiError';
    this.trouble = trouble;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

const RETRY_AFTER_MAX_S = 120;

/** Seconds alone: the API server sends no dates. */
export function retryAfterMs(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined;
  return Math.min(RETRY_AFTER_MAX_S, Number(header)) * 1000;
}
