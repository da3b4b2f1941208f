import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { createNetwork, type Network } from '../../src/lab/network.ts';
import { isRoot, leftovers } from './support.ts';

const prefix = `hft-${process.pid}-net-`;

describe('the network of the lab', { skip: isRoot ? false : 'needs root' }, () => {
  let network: Network;

  before(async () => {
    network = await createNetwork({
      prefix,
      hosts: ['a', 'b', 'c', 'd'].map((name) => ({ name })),
    });
  });
  after(() => network.destroy());

  function host(name: string) {
    const found = network.hosts.find((entry) => entry.name === name);
    assert(found);
    return found;
  }

  test('nothing of it shows in the initial namespace', () => {
    const ports = network.hosts.map((entry) => entry.interface.port);
    for (const name of readdirSync('/sys/class/net')) assert(!ports.includes(name), name);
  });

  test('hosts reach one another over IPv4 and IPv6 at once', async () => {
    const server = await host('b').spawn([
      process.execPath,
      '-e',
      "require('net').createServer(s=>s.end(s.remoteAddress)).listen(7000,'::',()=>console.log('up'))",
    ]);
    await server.logContains('up');
    for (const address of ['192.168.80.82', 'fd00:80::82']) {
      const script = `require('net').connect(7000,'${address}').pipe(process.stdout)`;
      const result = await host('a').run([process.execPath, '-e', script]);
      assert.equal(result.status, 0, result.stderr);
      assert.match(result.stdout, /192\.168\.80\.81|fd00:80::81/);
    }
    await server.stop();
  });

  test('a host sees its own processes only, and has its own name and /run', async () => {
    await host('b').run('touch /run/only-on-b');
    const { stdout } = await host('a').run('ps -eo comm=; hostname; ls /run; ls /sys/class/net');
    assert(!stdout.includes('node'), stdout);
    assert(!stdout.includes('only-on-b'), stdout);
    assert.deepEqual(stdout.match(/^(a|eth0|lo)$/gm), ['a', 'eth0', 'lo']);
  });

  test('orphans that end do not stay as zombies', async () => {
    await host('a').run('(sleep 0.01 &) ; sleep 0.05');
    const { stdout } = await host('a').run('ps -eo stat=,comm=');
    assert(!/^Z/m.test(stdout), stdout);
  });

  test('pulling the cable takes the carrier away', async () => {
    const carrier = async () => (await host('c').run('cat /sys/class/net/eth0/carrier')).stdout;
    await host('c').setCable('pulled');
    assert.equal(await carrier(), '0\n');
    await host('c').setCable('plugged');
    assert.equal(await carrier(), '1\n');
  });

  test('a power failure kills everything; the disk stays and the kernel starts anew', async () => {
    const a = host('a');
    a.write('file', 'kept');
    const sleeper = await a.spawn('sleep 1000 & echo up; exec sleep 1000');
    await sleeper.logContains('up');
    await a.run('ip address add 192.168.80.100/24 dev eth0; echo 1 > /run/mark');
    await network.changes.until(() => a.holds('192.168.80.100') || undefined, {
      timeoutMs: 2000,
      describe: () => a.heldAddresses().join(),
    });
    await a.powerOff();
    assert.equal((await sleeper.exited).signal, 'SIGKILL');
    assert.equal(a.holds('192.168.80.100'), false);
    await assert.rejects(a.setLink('up'), /switched off/);
    await a.powerOn();
    const { stdout } = await a.run(['cat', a.path('file')]);
    assert.equal(stdout, 'kept');
    assert.equal((await a.run('ls /run/mark')).status, 2);
    assert.equal(a.holds('192.168.80.100'), false);
    assert.equal(a.holds('192.168.80.81'), true);
  });

  test('a signal to a process on a host reaches it, also when it is stopped', async () => {
    const sleeper = await host('b').spawn(['sleep', '1000']);
    sleeper.signal('SIGSTOP');
    sleeper.signal('SIGCONT');
    const end = await sleeper.stop({ signal: 'SIGTERM' });
    assert.equal(end.signal, 'SIGTERM');
  });

  test('nothing is left after it is destroyed', async () => {
    const second = await createNetwork({ prefix: `${prefix}2-`, hosts: [{ name: 'x' }] });
    const sleeper = await second.hosts[0]?.spawn(['sleep', '1000']);
    assert(sleeper && existsSync(`/proc/${sleeper.pid}`));
    await second.destroy();
    assert(!existsSync(`/proc/${sleeper.pid}`));
    assert.deepEqual(leftovers(`${prefix}2-`), []);
  });
});
