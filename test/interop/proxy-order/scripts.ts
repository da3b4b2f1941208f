/** Many sets of weights, and what happens to their servers while clients come: the same each time. */
import { createRng } from '../../../src/base/rng.ts';

export type Step =
  | { readonly kind: 'visit' }
  | { readonly kind: 'hold' }
  /** Of those that are held, which. */
  | { readonly kind: 'release'; readonly held: number }
  | Change;

export type Change =
  | { readonly kind: 'off' | 'on'; readonly server: number }
  | { readonly kind: 'weight'; readonly server: number; readonly weight: number };

export interface Script {
  readonly algorithm: 'roundrobin' | 'static-rr' | 'leastconn';
  readonly weights: readonly number[];
  readonly steps: readonly Step[];
}

const rng = createRng(2612);
const upTo = (limit: number): number => 1 + Math.floor(rng.next() * limit);
const below = (limit: number): number => Math.floor(rng.next() * limit);
const many = <Value>(count: number, make: () => Value): Value[] =>
  Array.from({ length: count }, make);

const visits = (count: number): Step[] => many(count, () => ({ kind: 'visit' }));
const weightsUpTo = (most: number): number[] => many(1 + upTo(5), () => upTo(most));

/** One server goes and comes back, or has another weight. */
function disturbed(algorithm: Script['algorithm']): Script {
  // HAProxy begins another round after as many turns as sixteen times the weights that are left, and has
  // whims at that moment: all of it happens before.
  const unit = upTo(3);
  const weights = many(1 + upTo(4), () => unit * (2 + upTo(18)));
  const server = below(weights.length);
  const changes: readonly Step[] =
    algorithm === 'static-rr' || rng.next() < 0.5
      ? [{ kind: 'off', server }, ...visits(below(8)), { kind: 'on', server }]
      : [{ kind: 'weight', server, weight: 2 + upTo(18) }];
  const steps = [...visits(below(16)), ...changes, ...visits(24)];
  return { algorithm, weights, steps };
}

/** Clients that stay, and go in any order. */
function stayed(): Script {
  const steps: Step[] = [];
  const held: number[] = [];
  for (let count = 0; steps.length < 40; ) {
    const chance = rng.next();
    if (chance < 0.3) steps.push({ kind: 'visit' });
    else if (chance < 0.7 || held.length === 0) {
      steps.push({ kind: 'hold' });
      held.push(count);
      count += 1;
    } else {
      const [released = 0] = held.splice(below(held.length), 1);
      steps.push({ kind: 'release', held: released });
    }
  }
  return { algorithm: 'leastconn', weights: weightsUpTo(20), steps };
}

export const scripts: readonly Script[] = [
  ...(['roundrobin', 'static-rr'] as const).flatMap((algorithm) => [
    ...many(20, () => ({ algorithm, weights: weightsUpTo(6), steps: visits(50) })),
    ...many(20, () => ({ algorithm, weights: weightsUpTo(256), steps: visits(100) })),
    ...many(20, () => disturbed(algorithm)),
  ]),
  ...many(30, stayed),
];
