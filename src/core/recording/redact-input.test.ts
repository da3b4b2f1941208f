import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Secret } from '../../base/secret.ts';
import { micros, seconds } from '../../base/time.ts';
import type { Model } from '../../config/model/model.ts';
import type { VrrpInstanceModel } from '../../config/model/vrrp.ts';
import { Node } from '../node.ts';
import type { NodeEffect, NodeInput } from '../node-types.ts';
import { passwordHex } from '../vrrp/admission.ts';
import { ip, testAdvert, testModel } from '../vrrp/test-model.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import { InputRedaction } from './redact-input.ts';

const interfaces = ['eth0', 'eth1', 'eth2'];

function modelOf(passwords: readonly string[], key: string): Model {
  const instances = passwords.map(
    (password, index): VrrpInstanceModel =>
      testModel({
        name: `VI_${index}`,
        interface: interfaces[index] ?? 'eth0',
        authentication: { kind: 'simple', password: new Secret(password) },
      }),
  );
  return {
    global: {
      dynamicInterfaces: false,
      startupDelay: micros(0),
      delayAfterBoot: micros(0),
      logUnknownVrids: true,
      scriptSecurity: 'off',
      deadMan: 'off',
      peerKey: new Secret(key),
    },
    scripts: [],
    instances,
  };
}

function advertOn(name: string, authData: string): NodeInput {
  const advert = testAdvert({ authType: 1, authData, priority: 200 });
  return { kind: 'advertReceived', interface: name, family: 4, advert };
}

/** What the node says about the inputs, one a millisecond. */
function replay(model: Model, inputs: readonly NodeInput[]): string {
  const node = new Node(model);
  const out: NodeEffect[] = [];
  inputs.forEach((input, index) => {
    node.handle(seconds(1 + index / 1000), input, out);
  });
  const said = out.map((effect) => (effect.kind === 'openInstance' ? 'open' : effect));
  return JSON.stringify(said);
}

/** Neither too short nor of letters that other words are made of. */
const password = fc.stringMatching(/^[QXZ#%]{5,8}$/);

describe('input redaction', () => {
  test('no secret is shown, and the node decides as it did', () => {
    const authData = (words: readonly string[]) =>
      fc.oneof(
        fc.constantFrom('', '0000000000000000', ...words.map(passwordHex)),
        fc.stringMatching(/^[0-9a-f]{16}$/),
      );
    const cases = fc
      .tuple(fc.array(password, { minLength: 3, maxLength: 3 }), password, password)
      .chain(([first, changed, key]) =>
        fc.record({
          first: fc.constant(first),
          second: fc.constant([changed, ...first.slice(1)]),
          key: fc.constant(key),
          heard: fc.array(
            fc.tuple(fc.constantFrom(...interfaces), authData([...first, changed, key])),
            { maxLength: 12 },
          ),
          reloadAt: fc.nat(12),
        }),
      );
    fc.assert(
      fc.property(cases, ({ first, second, key, heard, reloadAt }) => {
        const model = modelOf(first, key);
        const inputs: NodeInput[] = [];
        for (const name of interfaces) {
          inputs.push({ kind: 'linkChanged', interface: name, state: 'up' });
          const addresses = [ip('10.0.0.1')];
          inputs.push({ kind: 'addressesChanged', interface: name, addresses });
        }
        inputs.push({ kind: 'start', listenFrom: micros(0) });
        const adverts = heard.map(([name, data]) => advertOn(name, data));
        adverts.splice(reloadAt, 0, { kind: 'reconfigured', model: modelOf(second, key) });
        inputs.push(...adverts);
        const redaction = new InputRedaction();
        const shownModel = redaction.model(model);
        const shown = inputs.map((input) => redaction.input(input));
        const lines = [
          encodeEntry({ kind: 'model', model: shownModel }),
          ...shown.map((input) => encodeEntry({ kind: 'input', at: micros(0), input })),
        ];
        for (const word of [...first, ...second, key]) {
          const text = lines.join('\n');
          assert(!text.includes(word) && !text.includes(passwordHex(word)), `${word} in ${text}`);
        }
        assert.equal(replay(shownModel, shown), replay(model, inputs));
        // And so it does when it has been read back.
        const read = lines.map(decodeEntry).map((entry) => {
          assert(entry.ok, entry.ok ? '' : entry.reason);
          return entry.value;
        });
        const [head] = read;
        assert(head?.kind === 'model');
        const back = read.flatMap((entry) => (entry.kind === 'input' ? [entry.input] : []));
        assert.equal(replay(head.model, back), replay(model, inputs));
      }),
      { numRuns: 300 },
    );
  });
});
