import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIp } from '../../base/ip.ts';
import { micros } from '../../base/time.ts';
import type { LoadBalancingSettings } from '../../config/model/virtual-server.ts';
import { type DesiredService, serviceId } from '../../core/balance/plane.ts';
import type { DataPlane } from '../../ports/data-plane.ts';
import { PlaneSide } from './plane-side.ts';

const SETTINGS = { dataPlane: 'auto', flushAtStart: false } as LoadBalancingSettings;

function service(host: string): DesiredService {
  const address = parseIp(host) ?? assert.fail(host);
  const match = { kind: 'address', protocol: 'tcp', address, port: 80 } as const;
  return {
    id: serviceId(match),
    match,
    scheduler: 'rr',
    schedulerFlags: [],
    onePacket: false,
    removedConnections: 'drain',
    servers: [],
  };
}

/** A plane that writes down what it is told, and can be missing. */
function createStage() {
  const told: string[] = [];
  const stage = { isThere: true, refused: new Set<string>() };
  const plane: DataPlane = {
    kind: 'nftables',
    refusal: ({ id }) => (stage.refused.has(id) ? 'cannot be' : undefined),
    realize: ({ desired, removed }) => {
      told.push([...desired.map(({ id }) => id), ...removed.map((id) => `-${id}`)].join(' '));
      return [];
    },
    statistics: async () => [],
    setTimeouts: (timeouts) => {
      told.push(JSON.stringify(timeouts));
      return undefined;
    },
    setSync: () => undefined,
    flush: () => undefined,
    close: (fate) => told.push(fate),
  };
  const side = new PlaneSide({
    balances: () => {},
    log: { write: () => {}, close: () => {} },
    open: () =>
      stage.isThere
        ? plane
        : { kind: 'sys-error', call: 'open', errno: 1, code: 'EPERM', message: 'not permitted' },
  });
  side.configure(SETTINGS);
  return { side, stage, take: () => told.splice(0) };
}

describe('the data plane in force', () => {
  const [one, two] = [service('10.0.0.1'), service('10.0.0.2')];

  test('one that could not be opened is told of everything once it can', () => {
    const { side, stage, take } = createStage();
    stage.isThere = false;
    side.realize({ desired: [one, two], removed: [] });
    assert.equal(side.refusal(one.id), 'open: not permitted');
    stage.isThere = true;
    side.realize({ desired: [two], removed: [] });
    assert.deepEqual(take(), [`${one.id} ${two.id}`]);
    assert.equal(side.refusal(one.id), undefined);
    side.realize({ desired: [one], removed: [two.id] });
    assert.deepEqual(take(), [`${one.id} -${two.id}`]);
  });

  test('what becomes impossible is taken out, and comes back when it can be', () => {
    const { side, stage, take } = createStage();
    side.realize({ desired: [one, two], removed: [] });
    stage.refused.add(one.id);
    side.realize({ desired: [one], removed: [] });
    stage.refused.clear();
    side.realize({ desired: [one], removed: [] });
    assert.deepEqual(take(), [`${one.id} ${two.id}`, `-${one.id}`, one.id]);
  });

  test('time-outs are told once there are some, and taken back when there are none', () => {
    const { side, take } = createStage();
    side.realize({ desired: [one], removed: [] });
    side.begun();
    take();
    for (const tcpTimeout of [micros(5_000_000), undefined, undefined]) {
      side.configure({ ...SETTINGS, ...(tcpTimeout !== undefined && { tcpTimeout }) });
      side.begun();
    }
    assert.deepEqual(take(), ['{"tcp":5000000}', '{}']);
  });

  test('another one takes the place of the first with all that there is', () => {
    const { side, take } = createStage();
    side.realize({ desired: [one, two], removed: [] });
    take();
    side.configure({ ...SETTINGS, dataPlane: 'ipvs' });
    assert.deepEqual(take(), ['remove', `${one.id} ${two.id}`]);
    side.close('keep');
    assert.deepEqual(take(), ['keep']);
  });
});
