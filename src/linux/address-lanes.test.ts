import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { IpAddress } from '../base/ip.ts';
import type { AddressOperation } from '../ports/network.ts';
import type { SysError } from '../ports/sys-error.ts';
import { type AddressLanes, createAddressLanes, type SecondLane } from './address-lanes.ts';

function operation(address: string, kind: 'add' | 'remove' = 'add'): AddressOperation {
  return { kind, interfaceIndex: 2, address: address as IpAddress, prefixLength: 64 };
}

const additions = (count: number): AddressOperation[] =>
  Array.from({ length: count }, (_, index) => operation(`2001:db8::${index + 1}`));

/** The answer says who gave it, and to what. */
const answerOf = (lane: string, { address }: AddressOperation): SysError => ({
  ...{ kind: 'sys-error', call: lane, errno: 17, code: 'EEXIST' },
  message: address,
});

interface Stage {
  readonly lanes: AddressLanes;
  /** What happened, in its order. */
  readonly said: string[];
  readiness: 'ready' | 'not ready';
}

function stage(second: SecondLane | string | undefined | 'real' = 'real'): Stage {
  const said: string[] = [];
  const real: SecondLane = {
    isReady: () => result.readiness === 'ready',
    begin: (operations) => {
      said.push(`second begins ${operations.length}`);
      return () => {
        said.push('second ends');
        return operations.map((each) => answerOf('second', each));
      };
    },
    close: () => said.push('closed'),
  };
  const lanes = createAddressLanes({
    first: {
      request: (operations) => {
        said.push(`first ${operations.length}`);
        return operations.map((each) => answerOf('first', each));
      },
    },
    openSecond: () => {
      said.push('opened');
      return second === 'real' ? real : second;
    },
    onSingle: (reason) => said.push(`single: ${reason}`),
  });
  const result: Stage = { lanes, said, readiness: 'ready' };
  return result;
}

function lanesOf(answers: readonly (SysError | undefined)[]): string {
  return answers.map((answer) => answer?.call).join(' ');
}

describe('two lanes', () => {
  test('the second is opened once, where many are expected', () => {
    const { lanes, said } = stage();
    lanes.expect(255);
    assert.deepEqual(said, []);
    lanes.expect(256);
    lanes.expect(4000);
    assert.deepEqual(said, ['opened']);
    lanes.close();
    assert.deepEqual(said, ['opened', 'closed']);
  });

  test('half of the additions of IPv6 each, at the same time, the answers in their order', () => {
    const { lanes, said } = stage();
    lanes.expect(1000);
    const operations = additions(7);
    const answers = lanes.request(operations);
    assert.deepEqual(said, ['opened', 'second begins 3', 'first 4', 'second ends']);
    assert.equal(lanesOf(answers), 'first first first first second second second');
    assert.deepEqual(
      answers.map((answer) => answer?.message),
      operations.map(({ address }) => address),
    );
  });

  test('one does what the other could not begin, or what has an order, or is little', () => {
    const all = stage();
    all.lanes.expect(1000);
    const alone = (operations: readonly AddressOperation[]): void => {
      all.said.length = 0;
      assert.equal(all.lanes.request(operations).length, operations.length);
      assert.deepEqual(all.said, [`first ${operations.length}`]);
    };
    alone(additions(3));
    alone([operation('2001:db8::1', 'remove'), ...additions(9)]);
    alone([...additions(9), operation('192.0.2.1')]);
    alone([]);
    all.readiness = 'not ready';
    alone(additions(100));
  });

  test('where the second cannot be had the reason is told once', () => {
    const { lanes, said } = stage('no thread');
    lanes.expect(1000);
    lanes.expect(1000);
    lanes.request(additions(10));
    assert.deepEqual(said, ['opened', 'single: no thread', 'first 10']);
    lanes.close();
  });
});
