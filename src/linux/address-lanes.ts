/**
 * Two threads that add IPv6 addresses, where there are many. With each addition the kernel goes through the
 * multicast groups of the interface, of which a thread of its own makes one for each address that it finishes:
 * on the processor that we leave free, and in turns with us, so that thousands take seconds. While both
 * processors are ours it does not get its turn until nearly all are there (docs/adr/0015-two-lanes.md).
 */
import { ipFamily } from '../base/ip.ts';
import type { AddressOperation } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';

/** With fewer one thread takes some 20 ms; a second one costs megabytes. */
const EXPECTED_MIN = 256;
/** What wakes the other thread takes as long as a few additions. */
const SHARED_MIN = 4;

export type Answers = readonly (SysError | undefined)[];

/** Carries operations out in their order, with an answer for each. */
export interface Lane {
  request(operations: readonly AddressOperation[]): Answers;
}

/** One that does its part meanwhile: begins it, and has its answers when they are asked for. */
export interface SecondLane {
  /** Whether it would begin at once. */
  isReady(): boolean;
  begin(operations: readonly AddressOperation[]): () => Answers;
  close(): void;
}

export interface AddressLanes extends Lane {
  /** So many IPv6 addresses may have to be added at once. */
  expect(count: number): void;
  close(): void;
}

export interface LaneParts {
  readonly first: Lane;
  /** Undefined where it would be no help, a text where it cannot be had. */
  openSecond(): SecondLane | string | undefined;
  /** Called once, with the reason. */
  onSingle(reason: string): void;
}

export function createAddressLanes({ first, openSecond, onSingle }: LaneParts): AddressLanes {
  let second: SecondLane | string | undefined;
  return {
    request: (operations) => {
      if (second === undefined || typeof second === 'string' || !second.isReady()) {
        return first.request(operations);
      }
      if (!areShared(operations)) return first.request(operations);
      const half = Math.ceil(operations.length / 2);
      const finish = second.begin(operations.slice(half));
      const answers = first.request(operations.slice(0, half));
      return [...answers, ...finish()];
    },
    expect: (count) => {
      if (second !== undefined || count < EXPECTED_MIN) return;
      second = openSecond();
      if (typeof second === 'string') onSingle(second);
    },
    close: () => {
      if (second !== undefined && typeof second !== 'string') second.close();
    },
  };
}

/** Additions of IPv6 alone: their order does not matter, unlike that of a removal and what follows it. */
function areShared(operations: readonly AddressOperation[]): boolean {
  return (
    operations.length >= SHARED_MIN &&
    operations.every(({ kind, address }) => kind === 'add' && ipFamily(address) === 6)
  );
}
