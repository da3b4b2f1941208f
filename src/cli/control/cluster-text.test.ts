import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterReport } from '../../api/cluster-report.ts';
import type { InstanceStatus } from '../../api/status.ts';
import { clusterText } from './cluster-text.ts';

const instance = (name: string, state: InstanceStatus['state']) =>
  ({ name, state }) as InstanceStatus;

const report: ClusterReport = {
  ...{ daemonPid: 1, configMap: 'default/vips', node: 'bs-01', at: 'some time' },
  vips: [
    {
      ...{ address: '10.0.0.33', instance: 'vips', interface: 'eth0' },
      ports: [
        { service: 'default/web', port: 80, protocol: 'TCP', endpoints: 3 },
        { service: 'default/dns', port: 53, protocol: 'UDP', endpoints: 0 },
      ],
    },
    { address: '10.0.0.34', instance: 'vips_60', interface: 'eth0', ports: [] },
  ],
  problems: ['ConfigMap default/vips: foo is not an address'],
};

test('Services stand beside their addresses, and what is wrong below', () => {
  const instances = [instance('vips', 'master'), instance('vips_60', 'backup')];
  assert.equal(
    clusterText(report, { instances }, 200),
    `
ConfigMap default/vips, in force since some time

ADDRESS    INSTANCE  HERE  SERVICE      PORT    ENDPOINTS
10.0.0.33  vips      yes   default/web  80/TCP  3
                           default/dns  53/UDP  0
10.0.0.34  vips_60   no    -            -       -

ConfigMap default/vips: foo is not an address
`,
  );
});

test('of one instance its addresses alone', () => {
  const text = clusterText(report, { instances: [instance('vips_60', 'backup')] }, 200);
  assert.doesNotMatch(text, /10\.0\.0\.33/);
  assert.match(clusterText(report, { instances: [] }, 200), /it has no addresses/);
});
