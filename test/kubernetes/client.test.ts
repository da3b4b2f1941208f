import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { ApiError } from '../../src/kubernetes/client/api-error.ts';
import { inClusterCredentials } from '../../src/kubernetes/client/credentials.ts';
import { readKubeconfig } from '../../src/kubernetes/client/kubeconfig.ts';
import type { WatchTuning } from '../../src/kubernetes/client/resource-watch.ts';
import {
  answerList,
  answerStatus,
  clientName,
  configMap,
  type ScriptedServer,
  say,
  startScriptedServer,
} from './scripted-server.ts';
import { Watched } from './watched.ts';

/** As servers do that know `resourceVersionMatch` for lists alone. */
async function refuseWatchList(server: ScriptedServer): Promise<void> {
  const asked = await server.next();
  assert.equal(asked.query.get('sendInitialEvents'), 'true');
  answerStatus(asked, 422);
}

describe('kubernetes client: list and watch', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer('watch');
  });
  after(() => server.close());

  /** With a server that has no watch-list. */
  async function watching(use: (watched: Watched) => Promise<void>, tuning?: WatchTuning) {
    const watched = new Watched(server, tuning);
    try {
      await refuseWatchList(server);
      await use(watched);
    } finally {
      await watched.stop();
    }
  }

  test('lists page by page, and follows from the version of the list', () =>
    watching(async (watched) => {
      const first = await server.next();
      assert.equal(first.query.get('fieldSelector'), 'metadata.name=vips');
      assert.equal(first.query.get('limit'), '500');
      assert.equal(first.request.headers.authorization, 'Bearer token-of-a-test');
      answerList(first, '7', [configMap('a', '3')], 'more');
      const second = await server.next();
      assert.equal(second.query.get('continue'), 'more');
      assert.equal(watched.watch.state, 'unlisted');
      answerList(second, '7', [configMap('b', '5')]);
      const stream = await server.next();
      assert.deepEqual(watched.names, ['default/a', 'default/b']);
      assert.equal(stream.query.get('watch'), '1');
      assert.equal(stream.query.get('resourceVersion'), '7');
      assert.equal(stream.query.get('allowWatchBookmarks'), 'true');
      say(stream, 'ADDED', configMap('c', '8'));
      await watched.changed(2);
      say(stream, 'MODIFIED', configMap('c', '9'));
      say(stream, 'MODIFIED', configMap('c', '10', { '10.0.0.1': '' }));
      await watched.changed(3);
      assert.deepEqual(watched.watch.objects.get('default/c')?.data, { '10.0.0.1': '' });
      say(stream, 'DELETED', configMap('a', '11'));
      await watched.changed(4);
      assert.deepEqual(watched.names, ['default/b', 'default/c']);
      assert.deepEqual(watched.troubles, []);
    }));

  test('an event in pieces, and several in one', () =>
    watching(async (watched) => {
      answerList(await server.next(), '1', []);
      const { response } = await server.next();
      const line = JSON.stringify({ type: 'ADDED', object: configMap('ä', '2') });
      const bytes = Buffer.from(`${line}\n${line.replaceAll('ä', 'ö')}\n`);
      const cut = bytes.indexOf(0xc3) + 1;
      response.write(bytes.subarray(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 20));
      response.write(bytes.subarray(cut));
      await watched.changed(3);
      assert.deepEqual(watched.names, ['default/ä', 'default/ö']);
    }));

  test('a watch that ends in time goes on after the last bookmark', () =>
    watching(
      async (watched) => {
        answerList(await server.next(), '1', [configMap('a', '1')]);
        const stream = await server.next();
        assert.equal(stream.query.get('timeoutSeconds'), '1');
        say(stream, 'BOOKMARK', { metadata: { resourceVersion: '40' } });
        await new Promise((resolve) => setTimeout(resolve, 1100));
        stream.response.end();
        const again = await server.next();
        assert.equal(again.query.get('watch'), '1');
        assert.equal(again.query.get('resourceVersion'), '40');
        assert.deepEqual(watched.troubles, []);
      },
      { watchS: { least: 1, spread: 0 } },
    ));

  test('a watch that ends before its time: what follows may know less, so it lists', () =>
    watching(async (watched) => {
      answerList(await server.next(), '900', [configMap('a', '1')]);
      const stream = await server.next();
      say(stream, 'ADDED', configMap('b', '901'));
      await watched.changed(2);
      stream.response.end();
      const again = await server.next();
      assert.equal(again.query.get('watch'), null);
      answerList(again, '10', [configMap('a', '1')]);
      assert.equal((await server.next()).query.get('resourceVersion'), '10');
      assert.deepEqual(watched.names, ['default/a']);
      assert.deepEqual(watched.troubles, []);
    }));

  for (const how of ['status', 'event'] as const) {
    test(`410 as ${how === 'status' ? 'a status' : 'an event'}: it lists anew, and keeps what it has meanwhile`, () =>
      watching(async (watched) => {
        answerList(await server.next(), '1', [configMap('a', '1')]);
        const stream = await server.next();
        if (how === 'status') answerStatus(stream, 410);
        else say(stream, 'ERROR', { code: 410, message: 'too old resource version' });
        const list = await server.next();
        assert.equal(list.query.get('watch'), null);
        assert.deepEqual(watched.names, ['default/a']);
        answerList(list, '90', [configMap('b', '80')]);
        assert.equal((await server.next()).query.get('resourceVersion'), '90');
        assert.deepEqual(watched.names, ['default/b']);
        assert.deepEqual(watched.troubles, [], 'nothing is wrong with that');
      }));
  }

  test('410 again and again: with pauses, and it is told once', () =>
    watching(async (watched) => {
      const startedMs = performance.now();
      for (const version of ['1', '2', '3', '4', '5', '6']) {
        answerList(await server.next(), version, []);
        answerStatus(await server.next(), 410);
      }
      answerList(await server.next(), '7', [configMap('a', '7')]);
      // Half of 100, 200, 400, 800 and 1600 ms.
      assert(performance.now() - startedMs >= 1500);
      assert.deepEqual([watched.troubles, watched.wells], [['refused 410'], 0]);
      say(await server.next(), 'ADDED', configMap('b', '8'));
      await watched.changed(3);
      assert.equal(watched.wells, 1);
    }));

  test('429 as an event: not before the time that it says', () =>
    watching(async (watched) => {
      answerList(await server.next(), '1', []);
      const stream = await server.next();
      const startedMs = performance.now();
      say(stream, 'ERROR', { code: 429, message: 'busy', details: { retryAfterSeconds: 1 } });
      answerList(await server.next(), '1', []);
      assert(performance.now() - startedMs >= 990);
      await server.next();
      assert.deepEqual([watched.troubles, watched.wells], [['refused 429'], 1]);
    }));

  test('429: not before the time that it says', () =>
    watching(async (watched) => {
      const startedMs = performance.now();
      answerStatus(await server.next(), 429, { 'retry-after': '1' });
      answerList(await server.next(), '1', []);
      assert(performance.now() - startedMs >= 990);
      await server.next();
      assert.deepEqual([watched.troubles, watched.wells], [['refused 429'], 1]);
    }));

  test('5xx, a reset and garbage: tries again, tells once of each, keeps what it has', () =>
    watching(async (watched) => {
      answerList(await server.next(), '1', [configMap('a', '1')]);
      const stream = await server.next();
      say(stream, 'ADDED', configMap('b', '2'));
      await watched.changed(2);
      stream.request.socket.destroy();
      answerStatus(await server.next(), 503);
      (await server.next()).response.end('<html>');
      (await server.next()).response.end('{"kind":"List"}');
      assert.deepEqual(watched.names, ['default/a', 'default/b']);
      answerList(await server.next(), '5', [configMap('b', '2')]);
      const next = await server.next();
      assert.deepEqual(watched.troubles, ['unreachable 0', 'refused 503', 'garbage 0']);
      assert.equal(watched.wells, 1);
      assert.deepEqual(watched.names, ['default/b']);
      next.response.write('{"type":\n');
      answerList(await server.next(), '6', [configMap('b', '2')]);
      await server.next();
      assert.equal(watched.changes, 3, 'the same list again is no change');
    }));

  test('an older state after a restart is taken as it is', () =>
    watching(async (watched) => {
      answerList(await server.next(), '900', [configMap('a', '900'), configMap('b', '1')]);
      (await server.next()).request.socket.destroy();
      answerList(await server.next(), '10', [configMap('b', '1')]);
      assert.equal((await server.next()).query.get('resourceVersion'), '10');
      assert.deepEqual(watched.names, ['default/b']);
    }));

  test('it can be stopped at any time', async () => {
    for (const answered of [false, true]) {
      const watched = new Watched(server);
      await refuseWatchList(server);
      const asked = await server.next();
      if (answered) {
        answerList(asked, '1', []);
        await server.next();
      }
      watched.watch.stop();
      if (!answered) asked.request.socket.destroy();
      await watched.stop();
    }
  });
});

describe('kubernetes client: who it is', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer('who');
  });
  after(() => server.close());

  test('a server that nobody has signed is refused, without a word of ours', async () => {
    const other = server.client({ tls: () => ({ verify: 'always' }) });
    await assert.rejects(other.ask({ path: '/x' }), (error: ApiError) => {
      assert.equal(error.trouble, 'unreachable');
      assert.match(error.message, /self[- ]signed/);
      return true;
    });
  });

  test('a server that says nothing is given up', async () => {
    const asking = server.client().ask({ path: '/slow' }, 200);
    await server.next();
    await assert.rejects(asking, { trouble: 'timeout' });
    const half = server.client().ask({ path: '/half' }, 200);
    (await server.next()).response.write('{');
    await assert.rejects(half, { trouble: 'timeout' });
  });

  test('in a pod: the token is read anew', async () => {
    const { folder } = server;
    writeFileSync(join(folder, 'ca.crt'), server.ca);
    writeFileSync(join(folder, 'token'), 'first\n');
    const [host = '', port = ''] = server.url.slice('https://'.length).split(':');
    const env = { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port };
    const client = server.client(inClusterCredentials(env, folder));
    for (const token of ['first', 'second']) {
      writeFileSync(join(folder, 'token'), `${token}\n`);
      const asking = client.ask({ path: '/x' });
      const asked = await server.next();
      assert.equal(asked.request.headers.authorization, `Bearer ${token}`);
      asked.response.end('{}');
      await asking;
    }
    assert.throws(() => inClusterCredentials({}), /this is no pod/);
  });

  function kubeconfig(name: string, user: string, cluster = ''): string {
    const path = join(server.folder, name);
    writeFileSync(
      path,
      `apiVersion: v1
kind: Config
current-context: here
contexts: [{ name: here, context: { cluster: one, user: me } }]
clusters:
  - name: one
    cluster: { server: "${server.url}/", certificate-authority: ca.pem${cluster} }
users:
  - name: me
    user: ${user}
`,
    );
    return path;
  }

  test('a kubeconfig with a certificate, which may be another one later', async () => {
    const files = '{ client-certificate: used.pem, client-key: used.key }';
    const { folder } = server;
    const { readFileSync } = await import('node:fs');
    const use = (name: string): void => {
      for (const end of ['pem', 'key'])
        writeFileSync(join(folder, `used.${end}`), readFileSync(join(folder, `${name}.${end}`)));
    };
    use('client');
    const client = server.client(readKubeconfig(kubeconfig('certificate', files)));
    for (const name of ['client', 'other']) {
      use(name);
      const asking = client.ask({ path: '/x' });
      const asked = await server.next();
      assert.equal(clientName(asked), name);
      assert.equal(asked.request.headers.authorization, undefined);
      asked.response.end('{}');
      await asking;
    }
  });

  test('a kubeconfig with a token, in itself or in a file, or with a password', async () => {
    writeFileSync(join(server.folder, 'token'), 'filed');
    const users: [user: string, header: string][] = [
      ['{ token: inline }', 'Bearer inline'],
      ['{ tokenFile: token }', 'Bearer filed'],
      ['{ username: me, password: secret }', `Basic ${btoa('me:secret')}`],
    ];
    for (const [user, header] of users) {
      const asking = server
        .client(readKubeconfig(kubeconfig('token-user', user)))
        .ask({ path: '/x' });
      const asked = await server.next();
      assert.equal(asked.request.headers.authorization, header);
      asked.response.end('{}');
      await asking;
    }
  });

  test('what cannot be used is said, and nothing that is secret', () => {
    const wrong: [path: string, why: RegExp][] = [
      [kubeconfig('exec', '{ exec: { command: aws } }'), /'exec' is not supported/],
      [kubeconfig('proxy', '{ token: hush }', ', proxy-url: "http://x"'), /'proxy-url'/],
      [join(server.folder, 'missing'), /ENOENT/],
      [kubeconfig('broken', '{ token: [hush'), /is not YAML$/],
    ];
    for (const [path, why] of wrong) {
      assert.throws(
        () => readKubeconfig(path),
        (error: Error) => {
          assert.match(error.message, why);
          assert.doesNotMatch(error.message, /hush/);
          return true;
        },
      );
    }
  });
});
