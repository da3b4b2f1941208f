import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { WatchTuning } from '../../src/kubernetes/client/resource-watch.ts';
import {
  type Asked,
  answerList,
  answerStatus,
  configMap,
  type ScriptedServer,
  say,
  startScriptedServer,
} from './scripted-server.ts';
import { Watched } from './watched.ts';

/** After it all that there was has been sent. */
function endInitial(asked: Asked, version: string): void {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  say(asked, 'BOOKMARK', { metadata: { resourceVersion: version, annotations } });
}

describe('kubernetes client: watch-list', () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer('watch-list');
  });
  after(() => server.close());

  async function watching(use: (watched: Watched) => Promise<void>, tuning?: WatchTuning) {
    const watched = new Watched(server, tuning);
    try {
      await use(watched);
    } finally {
      await watched.stop();
    }
  }

  test('all there is comes as events; nothing is known until the bookmark says that it is all', () =>
    watching(async (watched) => {
      const stream = await server.next();
      assert.deepEqual(Object.fromEntries(stream.query), {
        fieldSelector: 'metadata.name=vips',
        watch: '1',
        allowWatchBookmarks: 'true',
        timeoutSeconds: '180',
        sendInitialEvents: 'true',
        resourceVersionMatch: 'NotOlderThan',
      });
      say(stream, 'ADDED', configMap('a', '3'));
      say(stream, 'BOOKMARK', { metadata: { resourceVersion: '4' } });
      say(stream, 'ADDED', configMap('b', '5'));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.deepEqual([watched.watch.state, watched.changes, watched.names], ['unlisted', 0, []]);
      endInitial(stream, '7');
      await watched.changed(1);
      assert.deepEqual(watched.names, ['default/a', 'default/b']);
      say(stream, 'DELETED', configMap('a', '8'));
      await watched.changed(2);
      assert.deepEqual(watched.names, ['default/b']);
      assert.deepEqual(watched.troubles, []);
    }));

  test('one that breaks off keeps what was known, also in the middle of the next', () =>
    watching(async (watched) => {
      const first = await server.next();
      for (const name of ['a', 'b']) say(first, 'ADDED', configMap(name, '1'));
      endInitial(first, '2');
      await watched.changed(1);
      first.request.socket.destroy();
      const second = await server.next();
      assert.equal(second.query.get('resourceVersion'), null);
      say(second, 'ADDED', configMap('b', '1'));
      second.response.end();
      const third = await server.next();
      assert.equal(third.query.get('sendInitialEvents'), 'true');
      assert.deepEqual(watched.names, ['default/a', 'default/b']);
      say(third, 'ADDED', configMap('b', '1'));
      endInitial(third, '1');
      await watched.changed(2);
      assert.deepEqual(watched.names, ['default/b'], 'what is gone meanwhile is gone');
      assert.deepEqual([watched.troubles, watched.wells], [['unreachable 0'], 1]);
    }));

  for (const status of [400, 422]) {
    test(`a server that refuses it by ${status} is listed, and not asked again`, () =>
      watching(async (watched) => {
        answerStatus(await server.next(), status);
        for (const version of ['1', '2']) {
          const list = await server.next();
          assert.equal(list.query.get('limit'), '500');
          answerList(list, version, [configMap('a', version)]);
          (await server.next()).request.socket.destroy();
        }
        assert.equal((await server.next()).query.get('sendInitialEvents'), null);
        const broken = ['unreachable 0', 'unreachable 0'];
        assert.deepEqual(watched.troubles, broken, 'a refusal is nothing wrong');
      }));
  }

  test('a server that ignores it, and never says that this was all, is listed', () =>
    watching(
      async (watched) => {
        say(await server.next(), 'ADDED', configMap('a', '1'));
        answerList(await server.next(), '1', [configMap('a', '1'), configMap('b', '1')]);
        await watched.changed(1);
        assert.deepEqual(watched.names, ['default/a', 'default/b']);
        assert.equal((await server.next()).query.get('resourceVersion'), '1');
        assert.deepEqual(watched.troubles, []);
      },
      { initialSilenceMs: 200 },
    ));

  test('429 and 410 are no refusal: the same again, after the time that it says', () =>
    watching(async (watched) => {
      const startedMs = performance.now();
      answerStatus(await server.next(), 429, { 'retry-after': '1' });
      const stream = await server.next();
      assert(performance.now() - startedMs >= 990);
      assert.equal(stream.query.get('sendInitialEvents'), 'true');
      say(stream, 'ADDED', configMap('a', '1'));
      endInitial(stream, '1');
      await watched.changed(1);
      say(stream, 'ERROR', { code: 410, message: 'too old resource version' });
      const again = await server.next();
      assert.equal(again.query.get('sendInitialEvents'), 'true');
      assert.deepEqual(watched.names, ['default/a']);
      assert.deepEqual([watched.troubles, watched.wells], [['refused 429'], 1]);
    }));
});
