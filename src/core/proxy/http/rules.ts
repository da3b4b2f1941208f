import type { HttpAction, HttpRule } from '../../../config/model/proxy-rules.ts';
import type { Header } from '../../../wire/http1/head.ts';
import { holds } from '../samples/evaluate.ts';
import type { RequestFacts, SampleFacts } from '../samples/facts.ts';
import { pathOf } from '../samples/fetches.ts';
import {
  authenticationPage,
  failurePage,
  type LocalAnswer,
  reasonOf,
  redirection,
} from './answers.ts';
import { expand } from './expand.ts';

/** A request on its way through the rules. */
export interface DraftRequest {
  method: string;
  target: string;
  headers: Header[];
}

export type RuleVerdict =
  | { readonly kind: 'go-on' }
  | { readonly kind: 'answer'; readonly answer: LocalAnswer; readonly isDenial: boolean }
  | { readonly kind: 'tarpit'; readonly status: number }
  | { readonly kind: 'service'; readonly service: 'prometheus-exporter' };

const GO_ON: RuleVerdict = { kind: 'go-on' };

/** Rules in order, until one has the last word; what they change is in the draft. */
export function applyRequestRules(
  rules: readonly HttpRule[],
  draft: DraftRequest,
  factsOf: (draft: DraftRequest) => SampleFacts,
  realm: string,
): RuleVerdict {
  for (const rule of rules) {
    const facts = factsOf(draft);
    if (!holds(rule.when, facts)) continue;
    if (rule.kind === 'allow') return GO_ON;
    const verdict = verdictOf(rule, facts, realm);
    if (verdict !== undefined) return verdict;
    change(rule, draft, facts);
  }
  return GO_ON;
}

function verdictOf(rule: HttpAction, facts: SampleFacts, realm: string): RuleVerdict | undefined {
  switch (rule.kind) {
    case 'tarpit':
      return { kind: 'tarpit', status: rule.status };
    case 'deny':
      return { kind: 'answer', answer: failurePage(rule.status), isDenial: true };
    case 'redirect':
      return { kind: 'answer', answer: redirect(rule, facts), isDenial: false };
    case 'return':
      return { kind: 'answer', answer: ready(rule), isDenial: false };
    case 'auth':
      return { kind: 'answer', answer: authenticationPage(rule.realm ?? realm), isDenial: false };
    case 'use-service':
      return { kind: 'service', service: rule.service };
    default:
      return undefined;
  }
}

function change(rule: HttpAction, draft: DraftRequest, facts: SampleFacts): void {
  switch (rule.kind) {
    case 'set-path':
      draft.target = `${originOf(draft.target)}${expand(rule.format, facts)}${queryPart(draft.target)}`;
      return;
    case 'set-query': {
      const query = expand(rule.format, facts);
      draft.target = `${draft.target.split('?')[0]}${query === '' ? '' : `?${query}`}`;
      return;
    }
    case 'set-uri':
      draft.target = expand(rule.format, facts);
      return;
    case 'set-method':
      draft.method = expand(rule.format, facts);
      return;
    case 'replace-path': {
      const path = pathOf({ ...draft, version: '1.1', isFirst: false });
      const changed = replaced(path, rule.pattern, rule.format, facts);
      draft.target = `${originOf(draft.target)}${changed}${queryPart(draft.target)}`;
      return;
    }
    case 'replace-uri':
      draft.target = replaced(draft.target, rule.pattern, rule.format, facts);
      return;
    default:
      draft.headers = changedHeaders(rule, draft.headers, facts);
  }
}

/** Headers after one rule; the same list where the rule is of another kind. */
export function changedHeaders(rule: HttpAction, headers: Header[], facts: SampleFacts): Header[] {
  if (!('name' in rule)) return headers;
  const name = rule.name.toLowerCase();
  const others = headers.filter(([other]) => other !== name);
  if (rule.kind === 'del-header') return others;
  const added: Header = [name, oneLine(expand(rule.format, facts))];
  return rule.kind === 'set-header' ? [...others, added] : [...headers, added];
}

export interface DraftResponse {
  status: number;
  reason: string;
  headers: Header[];
}

/** 'deny': the response is not passed on. */
export function applyResponseRules(
  rules: readonly HttpRule[],
  draft: DraftResponse,
  factsOf: (draft: DraftResponse) => SampleFacts,
): 'go-on' | 'deny' {
  for (const rule of rules) {
    const facts = factsOf(draft);
    if (!holds(rule.when, facts)) continue;
    if (rule.kind === 'allow') return 'go-on';
    if (rule.kind === 'deny') return 'deny';
    if (rule.kind === 'set-status') {
      draft.status = rule.status;
      draft.reason = rule.reason ?? reasonOf(rule.status);
    } else draft.headers = changedHeaders(rule, draft.headers, facts);
  }
  return 'go-on';
}

function redirect(
  { to, format, status, dropQuery, appendSlash }: Extract<HttpAction, { kind: 'redirect' }>,
  facts: SampleFacts,
): LocalAnswer {
  const text = oneLine(expand(format, facts));
  if (to === 'location') return redirection(status, text);
  const { request } = facts;
  const host = request?.headers.find(([name]) => name === 'host')?.[1] ?? '';
  const target = request === undefined ? '/' : targetOf(request, dropQuery, appendSlash);
  const location =
    to === 'scheme' ? `${text}://${host}${target}` : `${text === '/' ? '' : text}${target}`;
  return redirection(status, oneLine(location));
}

function targetOf(request: RequestFacts, dropQuery: boolean, appendSlash: boolean): string {
  const path = pathOf(request);
  if (!dropQuery) return `${path}${queryPart(request.target)}`;
  return appendSlash && !path.endsWith('/') ? `${path}/` : path;
}

/** Of the absolute form: what stands before the path. */
function originOf(target: string): string {
  return target.startsWith('/') ? '' : (/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i.exec(target)?.[0] ?? '');
}

function queryPart(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? '' : target.slice(at);
}

function ready(rule: Extract<HttpAction, { kind: 'return' }>): LocalAnswer {
  const { status, body, type } = rule;
  return {
    status,
    headers: [
      ...(status === 204 ? [] : [['content-length', String(body.length)] as const]),
      ...(type !== undefined && body !== '' ? [['content-type', type] as const] : []),
    ],
    body,
    after: 'go-on',
    countedBesides: status === 204 ? 'content-length0'.length : 0,
  };
}

/** `\1` in the text stands for the first group. */
function replaced(text: string, pattern: string, format: string, facts: SampleFacts): string {
  let expression: RegExp;
  try {
    expression = new RegExp(pattern);
  } catch {
    return text;
  }
  const template = expand(format, facts);
  return text.replace(expression, (...groups) =>
    template.replace(/\\(\d)/g, (_all, digit: string) => String(groups[Number(digit)] ?? '')),
  );
}

/** Nothing that was put together may begin another header. */
function oneLine(text: string): string {
  return text.replace(/[\r\n\0]/g, ' ');
}
