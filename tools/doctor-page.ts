import { checksPage } from '../src/doctor/format.ts';

const INTRODUCTION = `# What holdfast doctor looks at

\`holdfast doctor\` looks at the host that it runs on, and says what will keep an address from being held,
with the command that mends it. What depends on a configuration is judged by the one that is given:

<!-- lab: lb1=192.0.2.1/24 lb2=192.0.2.2/24 client=192.0.2.100/24 -->
<!-- beforehand: lb1 sh $HELPERS/two-hosts.sh 150 90 -->
<!-- beforehand: lb2 sh $HELPERS/two-hosts.sh 100 100 -->
<!-- type: lb1 -->
\`\`\`sh
holdfast doctor -f /etc/keepalived/keepalived.conf -f /etc/haproxy/haproxy.cfg
\`\`\`

Nothing is changed without \`--fix\`. On a host where all is well it says only what it checked; what could
not be checked, and why, it says as well. Run it as root, in the network namespace and the container where
the daemon is to run.

- \`--fix\` carries out the commands that are marked with it: settings (kept in
  \`/etc/sysctl.d/60-holdfast.conf\`), modules (\`/etc/modules-load.d/holdfast.conf\`), files of
  systemd-networkd, and rules that let adverts pass. Then it looks again. Rules are in force until the
  firewall loads its own anew; they carry the comment \`holdfast doctor\`.
- \`--undo\` takes all of that back, from \`/var/lib/holdfast/doctor.json\`. What somebody has set otherwise
  since stays.
- \`--listen SECONDS\` is how long it listens for others; masters speak once in an \`advert_int\`.
- \`--only\` and \`--ignore\` choose checks by their codes, \`--strict\` counts warnings like errors,
  \`--json\` prints one object with \`findings\`, \`checked\`, \`notChecked\` and, with \`--fix\`,
  \`mended\`.

The exit status is 0 where there is no error, 1 where there is one, 2 where the command line is wrong.

The codes below are never renamed. This page is made from the program (\`node --import tsx tools/doctor-docs.ts\`).

`;

/** docs/doctor.md, whole. */
export function doctorPage(): string {
  return `${INTRODUCTION}${checksPage()}`;
}
