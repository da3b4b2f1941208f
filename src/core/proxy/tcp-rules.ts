/** Rules of `tcp-request`, of which some wait for bytes before they can say anything. */
import type { Acl, Condition, ConditionTerm, TcpRule } from '../../config/model/proxy-rules.ts';
import { matches } from './samples/evaluate.ts';
import type { SampleFacts } from './samples/facts.ts';

export type TcpVerdict = 'accept' | 'reject' | 'wait';

/** `unsure`: not yet, but more bytes may make it true. */
type Truth = 'yes' | 'no' | 'unsure';

const HANDSHAKE = 22;

/** The first rule that holds decides; who gets through all of them is let in. */
export function judgeTcpRules(
  rules: readonly TcpRule[],
  on: TcpRule['on'],
  facts: SampleFacts,
  bytes: 'growing' | 'final',
): TcpVerdict {
  for (const rule of rules) {
    if (rule.on !== on) continue;
    const truth = truthOf(rule.when, facts, bytes);
    if (truth === 'unsure') return 'wait';
    if (truth === 'yes') return rule.action;
  }
  return 'accept';
}

function truthOf(
  condition: Condition | undefined,
  facts: SampleFacts,
  bytes: 'growing' | 'final',
): Truth {
  if (condition === undefined) return 'yes';
  let best: Truth = 'no';
  for (const terms of condition) {
    const truth = least(terms.map((term) => termTruth(term, facts, bytes)));
    if (truth === 'yes') return 'yes';
    if (truth === 'unsure') best = 'unsure';
  }
  return best;
}

function termTruth(
  { negated, acls }: ConditionTerm,
  facts: SampleFacts,
  bytes: 'growing' | 'final',
): Truth {
  const truths = acls.map((acl) => aclTruth(acl, facts, bytes));
  const truth = truths.includes('yes') ? 'yes' : truths.includes('unsure') ? 'unsure' : 'no';
  if (!negated || truth === 'unsure') return truth;
  return truth === 'yes' ? 'no' : 'yes';
}

function least(truths: readonly Truth[]): Truth {
  if (truths.includes('no')) return 'no';
  return truths.includes('unsure') ? 'unsure' : 'yes';
}

function aclTruth(acl: Acl, facts: SampleFacts, bytes: 'growing' | 'final'): Truth {
  if (bytes === 'growing' && acl.sample.fetch === 'wait_end') return 'unsure';
  if (matches(acl, facts)) return 'yes';
  return bytes === 'growing' && mayChange(acl.sample.fetch, facts.preview) ? 'unsure' : 'no';
}

/** Whether more bytes could change what is taken; of what is no TLS so far none will. */
function mayChange(fetch: string, bytes: Uint8Array | undefined): boolean {
  if (/^req[._]len$/.test(fetch)) return true;
  if (!/^req[._]ssl_/.test(fetch)) return false;
  return bytes === undefined || bytes.length === 0 || !isWholeHello(bytes);
}

function isWholeHello(bytes: Uint8Array): boolean {
  if (bytes[0] !== HANDSHAKE) return true;
  const length = 5 + (((bytes[3] ?? 0) << 8) | (bytes[4] ?? 0));
  return bytes.length >= 5 && bytes.length >= length;
}
