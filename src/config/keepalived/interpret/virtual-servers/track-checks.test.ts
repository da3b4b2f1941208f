import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seconds } from '../../../../base/time.ts';
import { read } from '../../test-support.ts';

const INSTANCE = 'interface eth0\nvirtual_router_id 51\nvirtual_ipaddress {\n192.0.2.1/24\n}';

describe('track_check', () => {
  test('asks this host, every second, at the usual port', () => {
    const { loadBalancing, model, diagnostics } = read(`
track_check api {
  SSL_GET {
    url {
      path /readyz
      status_code 200
    }
  }
}
vrrp_instance V {
  ${INSTANCE}
  track_check {
    api weight -20
  }
}
`);
    assert.deepEqual(complaints(diagnostics), []);
    const [{ name, check } = assert.fail('no check')] = loadBalancing.trackChecks;
    assert.equal(name, 'api');
    assert.ok(check.kind === 'https');
    assert.equal(check.interval, seconds(1));
    assert.equal(check.target.address, '127.0.0.1');
    assert.equal(check.target.port, 443);
    assert.deepEqual(model.instances[0]?.trackedChecks, [
      { name: 'api', weight: -20, sense: 'normal' },
    ]);
  });

  test('may stand below its users, who take over its weight', () => {
    const { model, diagnostics } = read(`
vrrp_instance V {
  ${INSTANCE}
  track_check {
    dns
  }
}
track_check dns {
  weight 30 reverse
  delay_loop 5
  DNS_CHECK {
    connect_ip 192.0.2.53
    name example.org
  }
}
`);
    assert.deepEqual(complaints(diagnostics), []);
    assert.deepEqual(model.instances[0]?.trackedChecks, [
      { name: 'dns', weight: 30, sense: 'reverse' },
    ]);
  });

  // [what is wrong, the block, the only diagnostic]
  const mistakes = [
    ['no check', 'track_check x {\nweight 3\n }', 'incomplete-check'],
    ['no port', 'track_check x {\nTCP_CHECK {\nconnect_timeout 1\n }\n }', 'incomplete-check'],
    [
      'a wrong port',
      'track_check x {\nTCP_CHECK {\nconnect_port 70000\n }\n }',
      'number-out-of-range',
    ],
    ['no url', 'track_check x {\nHTTP_GET {\nconnect_port 80\n }\n }', 'incomplete-check'],
    [
      'another name',
      'track_check y {\nPING_CHECK {\nconnect_ip 192.0.2.9\n }\n }',
      'unknown-tracked',
    ],
  ] as const;
  for (const [what, block, code] of mistakes) {
    test(`${what}: one diagnostic, and the instance keeps its address`, () => {
      const { model, diagnostics } = read(`
${block}
vrrp_instance V {
  ${INSTANCE}
  track_check {
    x
  }
}
`);
      assert.deepEqual(complaints(diagnostics), [code]);
      assert.deepEqual(model.instances[0]?.trackedChecks, []);
      assert.equal(model.instances[0]?.addresses.length, 1);
    });
  }

  test('two of one name: the first counts', () => {
    const block = 'track_check x {\nPING_CHECK {\nconnect_ip 192.0.2.9\n }\n }\n';
    const { loadBalancing, diagnostics } = read(`${block}${block}`);
    assert.deepEqual(complaints(diagnostics), ['duplicate-track-check']);
    assert.equal(loadBalancing.trackChecks.length, 1);
  });
});

describe('extensions of virtual servers', () => {
  test('lvs_method none only checks; removed_connections and data_plane are read', () => {
    const { loadBalancing } = read(`
global_defs {
  data_plane nftables
}
virtual_server 192.0.2.1 3306 {
  lvs_method none
  removed_connections cut
  protocol TCP
  real_server 192.0.2.2 3306 {
    TCP_CHECK { connect_timeout 3
    }
  }
}
`);
    assert.equal(loadBalancing.settings.dataPlane, 'nftables');
    const [server] = loadBalancing.virtualServers;
    assert.equal(server?.purpose, 'checked');
    assert.equal(server?.removedConnections, 'cut');
  });
});

function complaints(diagnostics: ReturnType<typeof read>['diagnostics']): string[] {
  return diagnostics.map(({ code }) => code).filter((code) => code !== 'not-yet');
}
