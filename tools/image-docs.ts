/** Prints docs/images.md from the tables of variables; `npm run image-docs` writes it. */
import { pathToFileURL } from 'node:url';
import { ARCTS_VARIABLES } from '../src/config/environment/arcts-variables.ts';
import { OSIXIA_VARIABLES } from '../src/config/environment/osixia-variables.ts';
import type { Variable } from '../src/config/environment/variable.ts';
import { VIP_ALIASES, VIP_VARIABLES } from '../src/config/environment/vip-variables.ts';
import { DIFFERENCES } from '../test/images/differences.ts';

/** The whole file. */
export function imageDocs(): string {
  const parts = [
    INTRODUCTION,
    OSIXIA,
    table(OSIXIA_VARIABLES, 'release'),
    OSIXIA_MORE,
    ARCTS,
    table(ARCTS_VARIABLES),
    VIP,
    table(VIP_VARIABLES),
    aliases(),
    PLAIN,
    DIFFERENT,
    differences(),
  ];
  return `${parts.join('\n\n')}\n`;
}

function table(variables: readonly Variable[], more?: 'release'): string {
  const head = more === undefined ? '' : ' release |';
  const rows = variables.map(({ name, default: preset, becomes, secret, dialect, note }) => {
    const notes = [...(secret === true ? ['a secret'] : []), ...(note === undefined ? [] : [note])];
    const shown = preset === undefined ? '' : `\`${preset}\``;
    const release = more === undefined ? '' : ` ${dialect ?? 'both'} |`;
    return `| \`${name}\` | ${shown} | ${becomes} |${release} ${notes.join('; ')} |`;
  });
  const line = more === undefined ? '' : ' --- |';
  return `| variable | default | becomes |${head} |\n| --- | --- | --- |${line} --- |\n${rows.join('\n')}`;
}

function aliases(): string {
  const rows = [...VIP_ALIASES].map(
    ([name, others]) => `\`${name}\` (${others.map((other) => `\`${other}\``).join(', ')})`,
  );
  return `Names of relatives of that image are taken for the same: ${rows.join(', ')}.`;
}

function differences(): string {
  const rows = Object.entries(DIFFERENCES).map(
    ([name, reason]) => `| ${name} | ${escapeBars(reason)} |`,
  );
  return `| what | why |\n| --- | --- |\n${rows.join('\n')}`;
}

function escapeBars(text: string): string {
  return text.replaceAll('|', '\\|');
}

const INTRODUCTION = `# In the place of another image

Written by \`npm run image-docs\` from the tables by which variables are read; a test keeps them equal.

Change the image's name, and nothing else: variables, arguments, mounts and paths mean what they meant.

| instead of | write |
| --- | --- |
| osixia/keepalived | \`osixia-keepalived\` |
| arcts/keepalived | \`arcts-keepalived\` |
| an image with VIP, VRID and INTERFACE | \`vip-keepalived\` |
| one that runs keepalived on a mounted file | \`keepalived\` |
| kube-keepalived-vip | \`kube-keepalived-vip\` ([its flags](kubernetes.md)) |
| haproxy, haproxytech/haproxy-… | \`haproxy\` |

Each is a target of [deploy/Dockerfile](../deploy/Dockerfile), which says how they are built.
\`HOLDFAST_IMAGE=NAME\` makes any of them behave as another; without it and without an entry that names one,
\`holdfast container\` goes by the variables that are set.

The log begins with the image that is in force and why, then each variable with where it is from and what it has
become, then what is wrong, by the variable's name ([codes](errors.md#variables-of-containers)). Secrets are not
shown. To see it without running it:

<!-- lab: lb1=192.0.2.1/24 client=192.0.2.100/24 -->
<!-- type: lb1, status 5 -->
\`\`\`sh
holdfast render --image osixia-keepalived -e KEEPALIVED_VIRTUAL_IPS=192.0.2.10 -e KEEPALIVED_UNICAST_PEERS=
\`\`\`

The container needs the network of the host, NET_ADMIN and NET_RAW (which docker gives by itself, and
podman 5 does not: \`--cap-add=NET_RAW\`). An address that somebody else has put on the host is never taken away,
also where the old image did so before each start.`;

const OSIXIA = `## osixia/keepalived

Both releases, up to 2.0.20 (*classic*) and from 2.3.4 on (*2026*), whose names, paths and lists differ. Lists of
either are read in both: \`#PYTHON2BASH:['192.0.2.1', '192.0.2.2']\`, \`#JSON2BASH:["192.0.2.1"]\`, addresses with
blanks between, one address alone with what belongs to it (\`192.0.2.10/24 dev eth1 label eth1:1\`). It is taken for
the new release where a variable, an option or a mount says so that only that one has;
\`HOLDFAST_IMAGE=osixia-keepalived-classic\` or \`-2026\` decides it.`;

const OSIXIA_MORE = `Files of variables in \`/container/environment/*/*.yaml\` and \`*.json\` count after those of the
container, the first of them first. A keepalived.conf at \`/usr/local/etc/keepalived/keepalived.conf\` (classic) or
\`/etc/keepalived/keepalived.conf\` (2026) is taken as it is. One at
\`/container/service/keepalived/assets/keepalived.conf\` is a template with
\`{{ KEEPALIVED_INTERFACE }}\` and the others in it, with and without \`--copy-service\`; the result lies in
\`/container/run/service\` then, and each start makes it anew. One at \`KEEPALIVED_CONF_TEMPLATE\` has \`\${NAME}\`.
With the new release a change of the file reloads it. Of the run tool's options \`--copy-service\`, \`-e\`,
\`-s\`, \`-p\`, \`-o\` and \`-l\` count, and what stands behind
\`--\` is keepalived's; a command runs in the place of keepalived. What has no effect is told.`;

const ARCTS = '## arcts/keepalived';

const VIP = `## VIP, VRID, INTERFACE, PRIORITY, REAL_IP

For a pair of databases: the address is on the host whose own server answers at port 3306. A failed check is a fault
of the instance, so that the address moves; no script has to end the daemon for that, and nothing is forwarded.
\`/etc/keepalived/mysql.sh\` is run besides, where it is mounted.`;

const PLAIN = `## keepalived and haproxy

The file is mounted where the old image has it (\`/etc/keepalived/keepalived.conf\`,
\`/usr/local/etc/haproxy/haproxy.cfg\`). Options are the program's; another word is a command. haproxy runs with
\`-W -db\` before them, as the old image has it, so that SIGUSR2 reloads it.`;

const DIFFERENT = `## What is meant to differ

More than a hundred sets of variables were given to the old images' own scripts, and what these made of them is kept
(\`test/images/golden\`, made by \`tools/image-goldens.ts\`). This is all in which holdfast differs, and that a
container does not start where peers and virtual addresses are all in networks that the host is not in.`;

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.stdout.write(imageDocs());
}
