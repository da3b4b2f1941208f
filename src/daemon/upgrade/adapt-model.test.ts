import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRng } from '../../base/rng.ts';
import { readKeepalivedConfig } from '../../config/keepalived/index.ts';
import { createMemoryFiles } from '../../config/keepalived/memory-files.ts';
import { encodeModel } from '../../config/model/model-codec.ts';
import { adaptModel } from './adapt-model.ts';

const FILE = '/keepalived.conf';

function modelOf(priorities: Readonly<Record<string, number>>) {
  const text = Object.entries(priorities).map(
    ([name, priority], index) => `vrrp_instance ${name} {
      interface eth0
      virtual_router_id ${index + 1}
      priority ${priority}
      authentication {
        auth_type PASS
        auth_pass secret
      }
      virtual_ipaddress {
        10.0.0.${100 + index}
      }
    }`,
  );
  return readKeepalivedConfig(FILE, {
    files: createMemoryFiles({ [FILE]: text.join('\n') }),
    environment: { get: () => undefined },
    rng: createRng(1),
    hostName: 'a',
  }).model;
}

/** As JSON brings it across, changed in each instance. */
function encoded(
  model: ReturnType<typeof modelOf>,
  change: (instance: Record<string, unknown>) => void = () => {},
): object {
  const json = JSON.parse(JSON.stringify(encodeModel(model, { secrets: 'revealed' })));
  for (const instance of json.instances) change(instance);
  return json;
}

describe('a model of another version', () => {
  const running = modelOf({ one: 100, two: 90 });
  const own = modelOf({ one: 50, three: 60 });

  test('of the same form is taken as it is', () => {
    const adapted = adaptModel(encoded(running), own);
    assert(adapted.ok);
    assert.deepEqual(adapted.value, running);
  });

  test('gets what it lacks from what is on disk, by the name of the instance', () => {
    const json = encoded(running, (instance) => {
      delete instance.plannedHandover;
      delete instance.announcements;
    });
    const adapted = adaptModel(json, own);
    assert(adapted.ok);
    assert.deepEqual(adapted.value, running);
  });

  test('loses what is not known here', () => {
    const json = encoded(running, (instance) => {
      instance.colour = 'red';
      (instance.addresses as Record<string, unknown>[])[0] = {
        ...(instance.addresses as Record<string, unknown>[])[0],
        shade: 'dark',
      };
    });
    const adapted = adaptModel({ ...json, weather: [] }, own);
    assert(adapted.ok);
    assert.deepEqual(adapted.value, running);
  });

  test('that cannot be brought into form says why', () => {
    const json = encoded(running, (instance) => {
      instance.vrid = 'fifty-one';
    });
    const adapted = adaptModel(json, own);
    assert(!adapted.ok);
    assert.match(adapted.reason, /instances\[0\]\.vrid/);
    assert.equal(adaptModel([], own).ok, false);
  });
});
