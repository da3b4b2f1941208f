/** What becomes of a request, by the rules of its frontend and of the backend that they lead to. */
import { failurePage, type LocalAnswer } from '../../../core/proxy/http/answers.ts';
import { applyRequestRules, type DraftRequest } from '../../../core/proxy/http/rules.ts';
import type { LiveConfig, LiveProxy } from '../../../core/proxy/live.ts';
import { holds } from '../../../core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import type { SessionEnd } from '../../../core/proxy/session-end.ts';
import { judgeTcpRules } from '../../../core/proxy/tcp-rules.ts';
import { chooseBackend } from '../switching.ts';

/** `ruledBy`: the backend to which the request had come when a rule decided. */
export type Decision = Verdict & { readonly ruledBy?: LiveProxy };

type Verdict =
  /** By `tcp-request content`: without an answer. */
  | { readonly kind: 'turned-away' }
  | { readonly kind: 'tarpit'; readonly owner: LiveProxy; readonly status: number }
  | { readonly kind: 'metrics' }
  /** `owner`: whose own page may stand for it. */
  | {
      readonly kind: 'answer';
      readonly answer: LocalAnswer;
      readonly owner?: LiveProxy;
      readonly end: SessionEnd | 'untold';
    }
  | { readonly kind: 'forward'; readonly back: LiveProxy | undefined };

type FactsOf = (draft: DraftRequest, back?: LiveProxy) => SampleFacts;

/** Denials are counted; what rules change is in the draft. */
export function decide(
  live: LiveConfig,
  front: LiveProxy,
  draft: DraftRequest,
  factsOf: FactsOf,
): Decision {
  const early = isTurnedAway(front, draft, factsOf) ?? monitored(front, draft, factsOf);
  const verdict = early ?? ruled(front, front, draft, factsOf);
  if (verdict !== undefined) return verdict;
  const back = chooseBackend(live, front, () => factsOf(draft));
  if (back === undefined || back === front) return { kind: 'forward', back };
  const late = isTurnedAway(back, draft, factsOf) ?? ruled(front, back, draft, factsOf);
  return late === undefined ? { kind: 'forward', back } : { ruledBy: back, ...late };
}

function isTurnedAway(
  proxy: LiveProxy,
  draft: DraftRequest,
  factsOf: FactsOf,
): Decision | undefined {
  const { tcpRules } = proxy.config;
  if (!tcpRules.some(({ on }) => on === 'content')) return undefined;
  const verdict = judgeTcpRules(tcpRules, 'content', factsOf(draft, proxy), 'final');
  if (verdict !== 'reject') return undefined;
  const side = proxy.front ?? proxy.back;
  if (side !== undefined) side.counters.deniedRequests += 1;
  return { kind: 'turned-away' };
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i;

function monitored(
  { config }: LiveProxy,
  draft: DraftRequest,
  factsOf: FactsOf,
): Decision | undefined {
  const { monitor } = config;
  if (monitor === undefined || !isFor(monitor.uri, draft.target)) return undefined;
  const fails = monitor.failWhen !== undefined && holds(monitor.failWhen, factsOf(draft));
  return { kind: 'answer', answer: failurePage(fails ? 503 : 200), end: 'untold' };
}

/** A target with a scheme and a host may be asked for as a whole, or by its path. */
function isFor(uri: string, target: string): boolean {
  return target === uri || (!target.startsWith('/') && target.replace(ORIGIN, '') === uri);
}

function ruled(
  front: LiveProxy,
  owner: LiveProxy,
  draft: DraftRequest,
  factsOf: FactsOf,
): Decision | undefined {
  const { httpRequestRules, stats, name } = owner.config;
  if (httpRequestRules.length === 0) return undefined;
  const verdict = applyRequestRules(
    httpRequestRules,
    draft,
    (changed) => factsOf(changed, owner),
    stats?.realm ?? name,
  );
  if (verdict.kind === 'go-on') return undefined;
  if (verdict.kind === 'service') return { kind: 'metrics' };
  const isDenial = verdict.kind === 'tarpit' || verdict.isDenial;
  const sides = owner === front ? [front.front] : [front.front, owner.back];
  for (const side of isDenial ? sides : [])
    if (side !== undefined) side.counters.deniedRequests += 1;
  if (verdict.kind === 'tarpit') return { ...verdict, owner };
  const { answer } = verdict;
  return isDenial
    ? { kind: 'answer', answer, owner, end: { cause: 'P', phase: 'R' } }
    : { kind: 'answer', answer, end: { cause: 'L', phase: 'R' } };
}
