import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseIp } from '../../base/ip.ts';
import type { IpvsServiceFields } from '../../wire/netlink/ipvs.ts';
import { serverId, serviceId } from '../balance/plane.ts';
import { type IpvsEntry, type IpvsServer, planService } from './ipvs-ledger.ts';

const ip = (text: string) => parseIp(text) ?? assert.fail(text);
const key = { kind: 'address', protocol: 'tcp', address: ip('10.0.0.1'), port: 80 } as const;
const id = serviceId(key);
const service: IpvsServiceFields = {
  ...{ key, scheduler: 'rr', flags: 0, timeoutSeconds: 0, netmask: ip('255.255.255.255') },
};

function server(host: string, fields: Partial<IpvsServer> = {}): IpvsServer {
  return {
    id: serverId(ip(host), 80),
    address: ip(host),
    port: 80,
    method: 0,
    weight: 1,
    upperThreshold: 0,
    lowerThreshold: 0,
    ...{ tunnelType: 0, tunnelPort: 0, tunnelFlags: 0 },
    ...fields,
  };
}

function entry(servers: readonly IpvsServer[], fields: Partial<IpvsServiceFields> = {}): IpvsEntry {
  return { service: { ...service, ...fields }, servers };
}

function plan(desired: IpvsEntry | undefined, known: IpvsEntry | undefined): string[] {
  return planService(id, desired, known).map((operation) =>
    'server' in operation
      ? `${operation.kind} ${operation.server.id}*${operation.server.weight}`
      : operation.kind,
  );
}

describe('what IPVS is told', () => {
  const two = entry([server('10.0.0.2'), server('10.0.0.3')]);

  test('a new service before its servers', () => {
    assert.deepEqual(plan(two, undefined), [
      'addService',
      'addServer 10.0.0.2:80*1',
      'addServer 10.0.0.3:80*1',
    ]);
  });

  test('nothing where nothing has changed', () => {
    assert.deepEqual(plan(two, entry([server('10.0.0.3'), server('10.0.0.2')])), []);
  });

  test('weights, methods and schedulers change in place', () => {
    const other = entry([server('10.0.0.2', { weight: 0 }), server('10.0.0.3', { method: 3 })], {
      scheduler: 'wlc',
    });
    assert.deepEqual(plan(other, two), [
      'editService',
      'editServer 10.0.0.2:80*0',
      'editServer 10.0.0.3:80*1',
    ]);
  });

  test('who comes is there before who goes is not', () => {
    assert.deepEqual(plan(entry([server('10.0.0.3'), server('10.0.0.4')]), two), [
      'addServer 10.0.0.4:80*1',
      'deleteServer 10.0.0.2:80*1',
    ]);
  });

  test('a service goes as a whole', () => {
    assert.deepEqual(plan(undefined, two), ['deleteService']);
    assert.deepEqual(plan(undefined, undefined), []);
  });
});
