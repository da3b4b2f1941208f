/** What conditions hold for which requests: each rule that holds leaves its name in a header. */
import { type Case, client } from '../scene.ts';
import { answering, finish, hear, leave, request, response, say } from '../steps.ts';

const server = [answering(response('ok')), finish];

const acl = (
  name: string,
  conditions: readonly string[],
  ...requests: readonly string[]
): Case => ({
  name: `acl: ${name}`,
  config: `mode http\noption httplog\n${conditions
    .map((condition, index) => `http-request add-header X-Holds ${index} if ${condition}`)
    .join('\n')}\nserver s1 {s1}`,
  servers: { s1: server },
  acts: [client('c', ...requests.flatMap((text) => [say(text), hear('ok')]), leave)],
});
const get = request;

export const aclCases: readonly Case[] = [
  acl(
    'path',
    [
      '{ path /a }',
      '{ path -i /A }',
      '{ path_beg /a }',
      '{ path_end .php }',
      '{ path_sub b }',
      '{ path_dir a }',
      '{ path_reg ^/a[0-9]+$ }',
      '{ path_len gt 5 }',
      '{ path /x /a }',
      '{ path -m beg /a }',
    ],
    get('/a'),
    get('/A'),
    get('/a/b.php'),
    get('/a12'),
    get('/x/a/y?z'),
    get('/ab/a'),
  ),
  acl(
    'method',
    ['{ method GET }', '{ method POST PUT }', 'METH_GET', 'METH_POST', '!METH_GET'],
    get(),
    get().replace('GET', 'PUT'),
    get().replace('GET', 'OPTIONS'),
  ),
  acl(
    'hdr',
    [
      '{ hdr(x-a) b }',
      '{ hdr(x-a) -i B }',
      '{ hdr(x-a) -m found }',
      '{ hdr_cnt(x-a) 2 }',
      '{ hdr_cnt(x-a) gt 1 }',
      '{ hdr_beg(x-a) b }',
      '{ hdr_sub(x-a) c }',
      '{ req.hdr(x-a,1) b }',
      '{ hdr_dom(host) org }',
      '{ hdr_reg(x-a) ^b+$ }',
      '{ hdr_end(x-a) c }',
    ],
    get('/', 'X-A: b'),
    get('/', 'X-A: b, c'),
    get('/', 'X-A: c', 'X-A: B'),
    get(),
    get('/', 'X-A: bbb'),
    get('/', 'X-A:'),
  ),
  acl(
    'url_param',
    [
      '{ url_param(a) 1 }',
      '{ url_param(a) -m found }',
      '{ urlp(b) -m str x }',
      '{ query a=1 }',
      '{ url_param(a) gt 5 }',
    ],
    get('/?a=1'),
    get('/?b=x&a=1'),
    get('/?a='),
    get('/'),
    get('/?aa=1'),
    get('/?a=10'),
  ),
  acl(
    'src',
    [
      '{ src 127.0.0.1 }',
      '{ src 127.0.0.0/8 }',
      '{ src 10.0.0.0/8 192.168.0.0/16 }',
      '!{ src 10.0.0.0/8 }',
      'LOCALHOST',
      '{ dst 127.0.0.1 }',
      '{ src ::1 }',
    ],
    get(),
  ),
  acl(
    'and, or, not',
    [
      '{ path /a } { method GET }',
      '{ path /a } or { path /b }',
      '{ path /a } !{ method GET }',
      '{ path /a } || { path /c } { method GET }',
      'TRUE',
      'FALSE',
      '!FALSE',
    ],
    get('/a'),
    get('/b'),
    get('/c'),
  ),
  acl(
    'nbsrv and others',
    [
      '{ nbsrv({id}) 1 }',
      '{ nbsrv({id}) gt 1 }',
      '{ srv_is_up({id}/s1) }',
      '{ connslots({id}) gt 0 }',
      '{ fe_conn ge 1 }',
      '{ be_conn ge 0 }',
    ],
    get(),
  ),
  acl(
    'version, url, cookies',
    [
      '{ req.ver 1.1 }',
      '{ url /a?b }',
      '{ url_beg /a }',
      '{ cook(s) 1 }',
      '{ cook(s) -m found }',
      '{ base example.org/a }',
      '{ base_beg example.org }',
      '{ base_dom example.org }',
    ],
    get('/a?b'),
    get('/a', 'Cookie: s=1; t=2'),
    get('/b', 'Cookie: t=2;s=3'),
  ),
  acl(
    'converters',
    [
      '{ path,lower /a }',
      '{ hdr(x-a),upper B }',
      '{ path,length 2 }',
      '{ hdr(host),field(1,.) example }',
      '{ hdr(host),word(2,.) org }',
      '{ src,ipmask(8) 127.0.0.0 }',
      '{ int(5),add(1) 6 }',
      '{ str(a),concat(b) -m found }',
    ],
    get('/A', 'X-A: b'),
  ),
  acl('several lines of one name', ['{ always_true }', '{ always_false }'], get()),
  {
    ...acl('acl lines', []),
    config: [
      'mode http',
      'option httplog',
      'acl a path /a',
      'acl a path /b',
      'acl post method POST',
      'acl local src 127.0.0.1',
      'http-request add-header X-Holds 0 if a local',
      'http-request add-header X-Holds 1 if a !local or post',
      'http-request add-header X-Holds 2 unless a',
      'server s1 {s1}',
    ].join('\n'),
    acts: [
      client(
        'c',
        ...[get('/a'), get('/b'), get('/c')].flatMap((text) => [say(text), hear('ok')]),
        leave,
      ),
    ],
  },
  {
    ...acl(
      'integers',
      [
        '{ req.hdr_val(x-n) 5 }',
        '{ req.hdr_val(x-n) 1:10 }',
        '{ hdr_val(x-n) lt 5 }',
        '{ hdr_val(x-n) ge 5 }',
        '{ hdr_val(x-n) :3 }',
        '{ hdr_val(x-n) 20: }',
        '{ hdr_val(x-n) 1 2 3 }',
      ],
      ...['5', '3', '20', '-1', 'x'].map((value) => get('/', `X-N: ${value}`)),
    ),
  },
  acl(
    'ip addresses in headers',
    ['{ req.hdr_ip(x-ip) 10.0.0.0/8 }', '{ hdr_ip(x-ip) 10.0.0.1 }', '{ hdr_ip(x-ip) fd00::/8 }'],
    ...['10.0.0.1', '10.2.3.4', '192.168.0.1', 'fd00::1', 'x'].map((value) =>
      get('/', `X-IP: ${value}`),
    ),
  ),
];
