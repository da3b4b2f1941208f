/** What becomes of a packet that comes while a batch takes effect: rules are still those of before, sets no longer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toHex } from '../../../base/hex.ts';
import { seconds } from '../../../base/time.ts';
import type { SchedulerFlag } from '../../../config/model/virtual-server.ts';
import type { NftExpression } from '../../../wire/netlink/nftables-expression.ts';
import type { DesiredService } from '../plane.ts';
import { planService, type ServicePlan } from './service-plan.ts';
import { server, service } from './test-services.ts';

const WORD_DIGITS = 8;
const LABEL_WORDS = 4;

/** One packet of a client on its way through a chain. */
class Packet {
  readonly #before: ServicePlan;
  readonly #after: ServicePlan;
  readonly #drawn: number;
  /** Look-ups in sets of before that are still to come. */
  #old: number;
  #registers: string[] = [];

  constructor(
    plans: readonly [before: ServicePlan, after: ServicePlan],
    old: number,
    drawn: number,
  ) {
    [this.#before, this.#after] = plans;
    this.#old = old;
    this.#drawn = drawn;
  }

  /** The address that it goes to, in hexadecimal digits, or how it is refused. */
  fate(): string {
    for (const rule of this.#before.rules) {
      this.#registers = Array.from({ length: 16 }, () => '00000000');
      const fate = this.#follow(rule);
      if (fate !== 'next rule') return fate;
    }
    return 'accepted';
  }

  #follow(rule: readonly NftExpression[]): string {
    for (const each of rule) {
      const outcome = this.#evaluate(each);
      if (outcome !== 'on') return outcome;
    }
    return 'next rule';
  }

  #evaluate(each: NftExpression): string {
    switch (each.kind) {
      case 'number':
      case 'hash': {
        const number = Uint32Array.of(this.#drawn % each.modulus);
        this.#write(each.to, toHex(new Uint8Array(number.buffer)));
        return 'on';
      }
      case 'map': {
        const data = this.#lookUp(each.set, each.from);
        if (data === undefined) return 'next rule';
        this.#write(each.to, data);
        return 'on';
      }
      case 'dnat':
        return this.#registers[each.address] ?? '';
      case 'reject':
        return each.answer;
      default:
        // The client's address, which is zero, and what is written about connections.
        return 'on';
    }
  }

  #lookUp(set: string, from: number): string | undefined {
    const plan = this.#old-- > 0 ? this.#before : this.#after;
    const own = plan.sets.get(set);
    if (own !== undefined) return own.elements?.get(this.#registers[from] ?? '')?.data;
    const label = this.#registers.slice(from, from + LABEL_WORDS).join('');
    return plan.shared.get(`${set} ${label}`)?.element.data;
  }

  #write(to: number, digits: string): void {
    for (let at = 0; at < digits.length; at += WORD_DIGITS) {
      this.#registers[to + at / WORD_DIGITS] = digits.slice(at, at + WORD_DIGITS);
    }
  }
}

const shapes = fc.record({
  scheduler: fc.constantFrom('rr', 'wrr', 'wlc', 'sh', 'mh', 'dh', 'fo', 'random'),
  isPersistent: fc.boolean(),
  hasPorts: fc.boolean(),
});
const weights = fc.array(fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }), {
  minLength: 4,
  maxLength: 4,
});

function ofWeights(
  all: readonly (number | undefined)[],
  {
    scheduler,
    isPersistent,
    hasPorts,
  }: { scheduler: string; isPersistent: boolean; hasPorts: boolean },
): DesiredService {
  const flags: readonly SchedulerFlag[] = hasPorts ? ['flag-2'] : [];
  return service(
    all.flatMap((weight, index) => (weight === undefined ? [] : [server(index + 1, { weight })])),
    {
      ...{ scheduler, schedulerFlags: flags },
      ...(isPersistent && { persistence: { timeout: seconds(50), mask: { prefixLength: 32 } } }),
    },
  );
}

test('whoever comes while servers come and go is sent to one that stays', () => {
  const cases = fc.tuple(shapes, weights, weights, fc.nat({ max: 5 }), fc.nat());
  fc.assert(
    fc.property(cases, ([shape, first, second, old, drawn]) => {
      const before = planService(ofWeights(first, shape));
      const after = planService(ofWeights(second, shape), undefined, before);
      const hasServer = (all: typeof first): boolean => all.some((weight) => (weight ?? 0) > 0);
      const fate = new Packet([before, after], old, drawn).fate();
      if (hasServer(first) && hasServer(second)) assert.match(fate, /^0a00000[1-4]$/);
      else if (!hasServer(first)) assert.equal(fate, 'tcp-reset');
      else assert.match(fate, /^0a00000[1-4]$|^tcp-reset$/);
    }),
    { numRuns: 3000 },
  );
});
