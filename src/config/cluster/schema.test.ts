import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DEPLOYMENTS, PURPOSES } from '../model/cluster.ts';
import { CLUSTER_FIELDS, HOST_FIELDS } from './draft.ts';

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly items: Schema;
  readonly enum?: readonly string[];
}

test('deploy/cluster.schema.json has the keys and choices that are read, and no others', () => {
  const { properties } = JSON.parse(readFileSync('deploy/cluster.schema.json', 'utf8')) as Schema;
  const plain = CLUSTER_FIELDS.filter((field) => !field.endsWith('Image'));
  assert.deepEqual(Object.keys(properties).sort(), [...plain, 'hosts', 'images', 'vip'].sort());
  const host = properties.hosts?.items.properties ?? {};
  assert.deepEqual(Object.keys(host).sort(), [...HOST_FIELDS, 'roles'].sort());
  assert.deepEqual(properties.deployment?.enum, DEPLOYMENTS);
  assert.deepEqual(properties.purpose?.enum, PURPOSES);
});
