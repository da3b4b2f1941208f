/** Bugs in the side message: who is named, and what is believed. */
import type { Mutant } from './mutant.ts';

const machine = 'src/core/vrrp/machine.ts';
const peers = 'src/core/vrrp/peers.ts';
const proof = 'src/core/vrrp/peer-proof.ts';
const talk = 'src/core/vrrp/peer-talk.ts';
const takeOver = 'src/core/vrrp/take-over.ts';

function skipAnswer(answer: string, find: string): Mutant {
  return { name: `take-over: ${answer} not minded`, file: takeOver, find, replace: '' };
}

export const namingMutants: readonly Mutant[] = [
  skipAnswer('another named', "  if (successor !== own.address) return 'another-is-named';\n"),
  skipAnswer('own state', "  if (state !== 'backup') return 'not-a-backup';\n"),
  skipAnswer('another master', "  if (following !== sender) return 'not-our-master';\n"),
  skipAnswer('lower priority', "    if (own.priority <= priority) return 'not-above-it';\n"),
  skipAnswer('nopreempt', "    if (mayPreempt === 'no') return 'may-not-preempt';\n"),
  skipAnswer('stranger', "  if (peers.hasStranger(now)) return 'stranger';\n"),
  {
    name: 'take-over: another ahead not minded',
    file: takeOver,
    find: "return best !== undefined && isAhead(best, own) ? 'another-is-ahead' : 'yes';",
    replace: "return 'yes';",
  },
  {
    name: 'strangers ignored',
    file: peers,
    find: '    if (now < this.#acquaintedFrom) return true;\n    return this',
    replace: '    if (now >= 0) return false;\n    return this',
  },
  {
    name: 'names somebody before all have spoken',
    file: peers,
    find: '    if (now < this.#acquaintedFrom) return true;\n',
    replace: '',
  },
  {
    name: 'who started anew is taken for what it was',
    file: peers,
    find: 'for (const [address, entry] of this.#entries) if (isDoubtful',
    replace: 'for (const [address, entry] of this.#entries) if (now < 0 && isDoubtful',
  },
  {
    name: 'names the last one that it knows',
    file: peers,
    find: 'if (ahead === undefined || isAhead(peer, ahead)) ahead = peer;',
    replace: 'ahead = peer;',
  },
  {
    name: 'names hosts that are not backups',
    file: peers,
    find: "peer.state !== 'backup' ||",
    replace: '',
  },
  {
    name: 'what proves nothing counts',
    file: peers,
    find: 'if (!isProvenMessage(message) || now - message.provenSince > PROOF_VALID) {',
    replace:
      'if (message.provenSince === undefined) message = { ...message, provenSince: now };\n' +
      '    if (!isProvenMessage(message) || now - message.provenSince > PROOF_VALID) {',
  },
  {
    name: 'a proof is good for ever',
    file: peers,
    find: 'now - message.provenSince > PROOF_VALID',
    replace: 'now - message.provenSince > 3600 * PROOF_VALID',
  },
  {
    name: 'proofs are remembered for ever',
    file: proof,
    find: '.filter(({ at }) => now - at <= REMEMBERED)',
    replace: '.filter(({ at }) => at <= now)',
  },
  {
    name: 'an older number counts again',
    file: peers,
    find: "    if (known !== undefined && counter <= known) return { verdict: 'repeated', changes };\n",
    replace: '',
  },
  {
    name: 'an older session displaces a newer one',
    file: peers,
    find: 'if (proven !== undefined && !isProven && message.provenSince <= proven.provenSince) {',
    replace: 'if (proven !== undefined && !isProven && message.provenSince < 0) {',
  },
  {
    name: 'a silent peer stays a peer',
    file: peers,
    find: '  return now - at >= SILENCE_MAX;',
    replace: '  return now - at >= 1000 * SILENCE_MAX;',
  },
  {
    name: 'nobody named by a master that stops',
    file: machine,
    find: "    if (isNew) this.#talk.resign(now, 'stopping', out);\n",
    replace: '',
  },
  {
    name: 'nobody named by a master that falls behind',
    file: machine,
    find: "this.#talk.resign(now, 'lowered', out);",
    replace: 'this.#talk.tellNews(now, out);',
  },
  {
    name: 'a master with a new priority names somebody to stop for',
    file: machine,
    find: "this.#talk.resign(now, 'lowered', out);",
    replace: "this.#talk.resign(now, 'stopping', out);",
  },
  {
    name: 'transitions not told to peers',
    file: machine,
    find: 'priority: this.#effectivePriority }, out);\n    this.#talk.tellNews(now, out);',
    replace: 'priority: this.#effectivePriority }, out);',
  },
  {
    name: 'drained host offers itself',
    file: talk,
    find: "return now === 'backup' && standing.restraint === 'drained' ? 'drained' : now;",
    replace: 'return now;',
  },
  {
    name: 'handed-over host offers to preempt',
    file: talk,
    find: "const isFree = preempt === 'preempt' && standing.restraint === 'none';",
    replace: "const isFree = preempt === 'preempt';",
  },
];
