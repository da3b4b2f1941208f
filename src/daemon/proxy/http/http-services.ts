import type { Micros } from '../../../base/time.ts';
import type { LocalAnswer } from '../../../core/proxy/http/answers.ts';
import type { DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveProxy, LiveServer } from '../../../core/proxy/live.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import type { RequestHead, ResponseHead } from '../../../wire/http1/head.ts';
import type { Exchange } from './exchange.ts';
import type { HttpSession } from './http-session.ts';
import type { KeptServers } from './kept-servers.ts';

/** What is known of one request when it is over. */
export interface HttpRequestRecord {
  readonly session: HttpSession;
  readonly head: RequestHead | undefined;
  readonly startedAt: Micros;
  headAt: Micros | undefined;
  back: LiveProxy | undefined;
  server: LiveServer | undefined;
  exchange: Exchange | undefined;
  response: ResponseHead | undefined;
  /** Of the proxy's own answer. */
  status: number | undefined;
  /** The page or the metrics have answered. */
  isOfStats: boolean;
  isTarpitted: boolean;
  bytesIn: number;
  bytesOut: number;
}

/** What all HTTP sessions use. */
export interface HttpServices {
  readonly kept: KeptServers;
  facts(known: Pick<SampleFacts, 'front'> & Partial<SampleFacts>): SampleFacts;
  metrics(draft: DraftRequest): LocalAnswer;
  /** The page; undefined: the request is not for it. `body`: of a form, where all of it was read. */
  stats(proxy: LiveProxy, facts: SampleFacts, body: string | undefined): LocalAnswer | undefined;
  log(record: HttpRequestRecord, end: SessionEnd): void;
}
