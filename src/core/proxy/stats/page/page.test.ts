import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Secret } from '../../../../base/secret.ts';
import type { StatsPage } from '../../../../config/model/proxy.ts';
import type { LiveConfig, LiveProxy } from '../../live.ts';
import { serverOf, testLive, testMoment } from '../test-live.ts';
import { answerPage, type PageAnswer } from './answer.ts';
import { bigNumber, humanTime } from './html.ts';
import type { PageRequest } from './request.ts';

const settings: StatsPage = {
  ...{ uri: '/st', realm: 'A "realm"', users: [], hideVersion: false, showLegends: false },
  scope: [],
};

interface Ask {
  readonly live?: LiveConfig;
  readonly settings?: Partial<StatsPage>;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly role?: PageRequest['role'];
}

function ask(target: string, how: Ask = {}): PageAnswer | undefined {
  const live = how.live ?? testLive();
  const [web] = live.proxies;
  assert.ok(web !== undefined);
  const stats = { ...settings, ...how.settings };
  const proxy: LiveProxy = { ...web, config: { ...web.config, stats } };
  const request: PageRequest = {
    ...{ method: how.method ?? 'GET', target, role: how.role ?? 'reader' },
    header: (name) => how.headers?.[name],
    ...(how.body !== undefined && { body: how.body }),
  };
  return answerPage(request, proxy, testMoment(live));
}

function html(target: string, how: Ask = {}): string {
  const answer = ask(target, how);
  assert.equal(answer?.status, 200);
  return answer?.body ?? '';
}

function header(answer: PageAnswer | undefined, name: string): string | undefined {
  return answer?.headers.find(([known]) => known === name)?.[1];
}

function post(body: string | undefined, how: Ask = {}): PageAnswer | undefined {
  const target = '/st;up?scope=ap';
  return ask(target, {
    method: 'POST',
    role: 'admin',
    ...(body !== undefined && { body }),
    ...how,
  });
}

function outcome(body: string | undefined, how: Ask = {}): string | undefined {
  return /;st=(\w+);up\?scope=ap$/.exec(header(post(body, how), 'location') ?? '')?.[1];
}

describe('the stats page', () => {
  it('leaves other requests alone', () => {
    assert.equal(ask('/other'), undefined);
    assert.equal(ask('/st', { method: 'PUT' }), undefined);
  });

  it('has a table for each proxy and a row for each part', () => {
    const page = html('/st');
    assert.equal(page.match(/<section>/g)?.length, 3);
    for (const row of ['web/Frontend', 'app/s1', 'app/Backend', 'tcpl/+second'])
      assert.ok(page.includes(`id="${row}"`), row);
    const groups = [
      'Queue',
      'Session rate',
      'Sessions',
      'Bytes',
      'Denied',
      'Errors',
      'Warnings',
      'Server',
    ];
    const [head = ''] = /<thead>.*?<\/thead>/s.exec(page) ?? [];
    assert.deepEqual(
      [...head.matchAll(/colspan="\d+">([^<]+)/g)].map(([, title]) => title),
      groups,
    );
    const [, titles = ''] = head.split('</tr>');
    const cells = titles.match(/<th>/g)?.length;
    const [row = ''] = /<tr class="frontend">.*<\/tr>/.exec(page) ?? [];
    assert.equal(row.match(/<td/g)?.length, Number(cells) + 1);
  });

  it('shows states by colour and text', () => {
    const live = testLive();
    serverOf(live, 's3').health.admin.add('drain');
    Object.assign(serverOf(live, 's2').health, { operational: 'stopped', health: 1 });
    const page = html('/st', { live });
    assert.match(
      page,
      /<tr class="active_going_down"><td class="c"><a id="app\/s1".*1m40s UP 1\/3 &darr;/,
    );
    assert.match(page, /<tr class="backup_going_up">.*DOWN 1\/2 &uarr;/);
    assert.match(page, /<tr class="active_drain">.*>1m40s DRAIN</);
    assert.match(page, /<tr class="maint">.*MAINT/);
    const light = serverOf(live, 's1');
    light.userWeight = 0;
    light.health.health = light.health.rise + light.health.fall - 1;
    assert.match(html('/st', { live }), /<tr class="active_drain">.*id="app\/s1".* UP</);
  });

  it('shows the last check', () => {
    const live = testLive();
    const last = { status: 'L7STS', code: 503, durationMs: 2, description: '<b>"no"</b>' };
    Object.assign(serverOf(live, 's1').health, { last, isChecking: true });
    const page = html('/st', { live });
    assert.ok(page.includes('>* L7STS/503 in 2ms<'));
    assert.ok(page.includes('Layer7 wrong status: &lt;b&gt;&quot;no&quot;&lt;/b&gt;'));
  });

  it('lets nothing from outside be markup', () => {
    const evil = `"><script>alert(1)</script>`;
    const page = html(`/st;st=${evil}?scope=${encodeURIComponent(evil)}`, {
      settings: { node: evil, showDescription: evil, showLegends: true },
    });
    assert.ok(!page.includes('<script'));
    assert.ok(page.includes('&lt;script&gt;'));
    assert.match(header(ask('/st'), 'content-security-policy') ?? '', /default-src 'none'/);
  });

  it('hides and shows what is asked for', () => {
    assert.match(html('/st'), /HAProxy version 1\.2\.3/);
    assert.doesNotMatch(html('/st', { settings: { hideVersion: true } }), /1\.2\.3/);
    assert.match(html('/st', { settings: { node: 'n1' } }), /Report for pid 317 on n1/);
    assert.doesNotMatch(html('/st'), /127\.0\.0\.1/);
    assert.match(
      html('/st', { settings: { showLegends: true } }),
      /title="127\.0\.0\.1:80, id 1, cookie c1"/,
    );
    assert.match(html('/st', { settings: { scope: ['.'] } }), /web\/Frontend/);
    assert.doesNotMatch(html('/st', { settings: { scope: ['.'] } }), /app\/s1/);
    assert.doesNotMatch(html('/st?scope=tcp'), /app\/s1/);
    assert.doesNotMatch(html('/st;no-maint'), /app\/s4/);
    assert.match(html('/st;up'), /href="\/st">Show all servers/);
  });

  it('refreshes itself unless told not to', () => {
    const refreshing = { settings: { refreshSeconds: 5 } };
    assert.equal(header(ask('/st', refreshing), 'refresh'), '5');
    assert.equal(header(ask('/st;norefresh', refreshing), 'refresh'), undefined);
    assert.equal(header(ask('/st'), 'refresh'), undefined);
    assert.match(html('/st', refreshing), /href="\/st;csv;norefresh"/);
  });

  it('gives CSV, typed lines, JSON and its schema', () => {
    assert.match(html('/st;csv'), /^# pxname,/);
    assert.match(html('/st?;csv;scope=web'), /^# pxname,.*\nweb,/);
    assert.doesNotMatch(html('/st?;csv;scope=web'), /\napp,/);
    assert.equal(header(ask('/st;csv;norefresh'), 'content-type'), 'text/plain; charset=utf-8');
    assert.match(html('/st;typed'), /^F\.2\.0\.0\.pxname/);
    assert.equal(JSON.parse(html('/st;json')).length, 12);
    assert.ok(JSON.parse(html('/st;json-schema')).definitions);
    assert.equal(ask('/st;json', { method: 'HEAD' })?.body, '');
  });

  it('asks for a password', () => {
    const users = [{ name: 'u', password: new Secret('p:ö') }];
    const enter = (authorization?: string) =>
      ask('/st', {
        settings: { users },
        ...(authorization !== undefined && { headers: { authorization } }),
      });
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    assert.equal(enter()?.status, 401);
    assert.equal(header(enter(), 'www-authenticate'), 'Basic realm="A \\"realm\\""');
    assert.equal(enter(basic('u:p:ö'))?.status, 200);
    for (const wrong of [
      basic('u:p:'),
      basic('u:p:öx'),
      basic('v:p:ö'),
      basic('u'),
      'Basic !',
      'Bearer x',
    ])
      assert.equal(enter(wrong)?.status, 401, wrong);
  });
});

describe('the form of the stats page', () => {
  it('is shown to those who may use it', () => {
    assert.doesNotMatch(html('/st'), /<form method="post"/);
    const page = html('/st;st=DONE', { role: 'admin' });
    assert.match(page, /<form method="post" action="\/st">/);
    assert.match(page, /<input type="checkbox" name="s" value="s1"/);
    assert.match(page, /name="b" value="#3"/);
    assert.match(page, /class="said active_up".*carried out/);
  });

  it('gives orders, and answers as haproxy does', () => {
    const answer = post('s=s1&s=s3&action=drain&b=%233');
    assert.equal(answer?.status, 303);
    assert.deepEqual(
      answer?.orders.map(
        (order) => order.kind === 'server' && [order.server.config.name, order.order],
      ),
      [
        ['s1', { kind: 'state', to: 'drain' }],
        ['s3', { kind: 'state', to: 'drain' }],
      ],
    );
    assert.equal(post('s=s1&action=shutdown&b=app')?.orders[0]?.kind, 'shutdownSessions');
    const outcomes: readonly (readonly [body: string, code: string])[] = [
      ['s=s1&action=drain&b=%233', 'DONE'],
      ['s=s1&action=bogus&b=%233', 'ERRP'],
      ['s=nope&action=drain&b=%233', 'ERRP'],
      ['action=drain&b=%233', 'NONE'],
      ['s=s1&s=nope&action=ready&b=%233', 'PART'],
      ['s=s1&action=ready&b=app', 'DONE'],
      ['s=s1&action=drain&b=%2399', 'ERRP'],
      ['', 'NONE'],
      ['s=s1&action=dhlth&b=%233', 'DONE'],
      ['s=s3&action=dhlth&b=%233', 'NONE'],
      ['s=s1&action=&b=%233', 'ERRP'],
      ['s=s1', 'NONE'],
      ['%zz=&&=', 'NONE'],
    ];
    for (const [body, code] of outcomes) assert.equal(outcome(body), code, body);
  });

  it('refuses those who may not, and forms from elsewhere', () => {
    const body = 's=s1&action=drain&b=%233';
    assert.equal(outcome(body, { role: 'reader' }), 'DENY');
    assert.deepEqual(post(body, { role: 'reader' })?.orders, []);
    assert.equal(
      outcome(body, { headers: { origin: 'http://evil.example', host: 'here:1' } }),
      'DENY',
    );
    assert.equal(outcome(body, { headers: { 'sec-fetch-site': 'cross-site' } }), 'DENY');
    assert.equal(outcome(body, { headers: { origin: 'http://here:1', host: 'here:1' } }), 'DONE');
    assert.equal(outcome(body, { settings: { scope: ['web'] } }), 'ERRP');
    assert.equal(outcome(undefined), 'EXCD');
  });
});

describe('figures of the page', () => {
  it('are easy to read', () => {
    assert.equal(bigNumber(1234567), '1<span class="k">234</span><span class="k">567</span>');
    assert.equal(bigNumber(-12), '-12');
    assert.deepEqual([0, 59, 62, 3600, 90_061].map(humanTime), ['0s', '59s', '1m2s', '1h', '1d1h']);
  });
});
