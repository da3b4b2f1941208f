import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { read } from './keepalived/test-support.ts';
import { decodeModel, encodeModel } from './model/model-codec.ts';
import { Redaction } from './model/redaction.ts';

const everything = read(readFileSync('test/golden/keepalived-conf/everything.conf', 'utf8')).model;

function withPasswords(...passwords: readonly string[]) {
  const blocks = passwords.map(
    (password, index) => `vrrp_instance VI_${index} {
  interface eth0
  virtual_router_id ${index + 1}
  authentication {
    auth_type PASS
    auth_pass ${password}
  }
  virtual_ipaddress {
    10.0.0.${index + 1}
  }
  notify "/bin/tell --token ${password}"
}`,
  );
  return read(`global_defs {\n  router_id r\n}\n${blocks.join('\n')}`).model;
}

/** As another process or a file gives it back. */
function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function passwordsOf(json: unknown): string[] {
  const model = decodeModel(json);
  assert(model.ok);
  return model.value.instances.map(({ authentication }) =>
    authentication.kind === 'simple' ? authentication.password.reveal() : '',
  );
}

describe('model codec', () => {
  test('a revealed model comes back as it was, secrets included', () => {
    const models = [everything, withPasswords('hunter2', 'swordfsh')];
    for (const model of models) {
      const decoded = decodeModel(throughJson(encodeModel(model, { secrets: 'revealed' })));
      assert.deepEqual(decoded, { ok: true, value: model });
    }
    const revealed = encodeModel(withPasswords('hunter2', 'swordfsh'), { secrets: 'revealed' });
    assert.deepEqual(passwordsOf(throughJson(revealed)), ['hunter2', 'swordfsh']);
  });

  test('a redacted model shows no secret, and keeps apart what differs', () => {
    const model = withPasswords('hunter2', 'swordfsh', 'hunter2');
    const json = JSON.stringify(encodeModel(model, { secrets: 'redacted' }));
    assert.doesNotMatch(json, /hunter2|swordfsh|--token/);
    assert.match(json, /\/bin\/tell/);
    const [first, second, third] = passwordsOf(JSON.parse(json));
    assert.equal(first, third);
    assert.notEqual(first, second);
    for (const one of [first, second]) assert.equal(one?.length, 8);
  });

  test('the same secret has the same placeholder after a reload', () => {
    const redaction = new Redaction();
    const before = redaction.model(withPasswords('hunter2', 'swordfsh'));
    const after = redaction.model(withPasswords('another1', 'swordfsh'));
    const [first, second] = passwordsOf(throughJson(encodeModel(before, { secrets: 'revealed' })));
    const [changed, kept] = passwordsOf(throughJson(encodeModel(after, { secrets: 'revealed' })));
    assert.notEqual(first, changed);
    assert.equal(second, kept);
  });

  test('says where something is missing, wrong or unknown', () => {
    const change = (path: string, value: unknown): string => {
      const json = throughJson(encodeModel(everything, { secrets: 'redacted' }));
      const steps = path.split('.');
      const last = steps.pop() ?? '';
      let at = json;
      for (const step of steps) at = Reflect.get(at as object, step);
      Reflect.set(at as object, last, value);
      const decoded = decodeModel(throughJson(json));
      assert(!decoded.ok, path);
      return decoded.reason;
    };
    assert.equal(change('instances.0.vrid', undefined), 'instances[0].vrid: is missing');
    assert.equal(change('instances.0.family', 5), 'instances[0].family: expected one of 4, 6');
    assert.equal(
      change('instances.0.addresses.0.address', '10.0.0.300'),
      'instances[0].addresses[0].address: expected an IP address',
    );
    assert.equal(change('global.newer', 1), 'global.newer: is not known to this version');
    assert.match(change('instances.0.transport', { kind: 'pigeon' }), /kind 'pigeon' is not known/);
    assert.equal(
      change('scripts.0.command.argv', []),
      'scripts[0].command.argv: expected at least one word',
    );
    assert.equal(decodeModel(null).ok, false);
    assert.equal(decodeModel('model').ok, false);
  });

  test('whatever the JSON, nothing throws', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom('global', 'instances', 'scripts'),
        (json, key) => {
          assert.equal(decodeModel(json).ok, false);
          const damaged = {
            ...(throughJson(encodeModel(everything, { secrets: 'revealed' })) as object),
            [key]: json,
          };
          decodeModel(damaged);
        },
      ),
    );
  });
});
