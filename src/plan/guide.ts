/** The page of a plan: what goes where, how to start it, and how to see that it works. */
import type { Deployment } from '../config/model/cluster.ts';
import type { PlannedFile } from './files.ts';
import { instanceName } from './keepalived-conf.ts';
import { type PlannedHolder, type Site, withPort } from './site.ts';
import { unitName } from './units.ts';

export function guide(site: Site, files: readonly PlannedFile[]): PlannedFile {
  const { cluster } = site;
  const parts = [
    `# ${cluster.name}`,
    'Made by `holdfast plan`; run it again, and it shows what differs before anything is written.',
    overview(site),
    '## What goes where',
    'Each folder below `hosts/` is laid over the root of its host; the modes are those here:',
    fence(
      site.holders.map(({ host }) => {
        const pack = `tar -C hosts/${host.name} --owner=0 --group=0 -c .`;
        return `${pack} | ssh root@${host.address} tar -C / -x --no-overwrite-dir`;
      }),
    ),
    listFiles(files),
    '## Start',
    starting(site),
    ...(cluster.purpose === 'kubernetes' ? [kubernetes(site)] : []),
    '## See that it works',
    testing(site),
    ...metrics(site),
    '## What is not here',
    `etcd, the servers themselves and the firewall: VRRP is IP protocol 112, which has to pass
between ${addresses(site)}.`,
  ];
  return { path: 'README.md', text: `${parts.join('\n\n')}\n`, mode: 0o644 };
}

function overview(site: Site): string {
  const { cluster, holders, vips } = site;
  const rows = holders.map(({ host, interface: link, priority, state }) => {
    return `| ${host.name} | ${host.address} | ${link} | ${priority} | ${state} |`;
  });
  const [first, second] = [...holders].sort((a, b) => b.priority - a.priority);
  const next = second === undefined ? 'nobody' : second.host.name;
  const all = vips.map(({ address, prefixLength }) => `${address}/${prefixLength}`).join(', ');
  const servers = site.servers.map(({ name }) => name).join(', ');
  return `Clients come to **${site.endpoint}** (${all}); the proxy there passes them on to
${servers}, port ${cluster.backPort}.

| holder | address | link | priority | begins as |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

VRID ${site.vrid}, VRRP version ${site.vrrpVersion}, an advert every ${cluster.advertIntervalS} s.
${first?.host.name ?? ''} holds the VIP while it is well. A holder whose proxy does not answer loses
${-site.checkWeight} and is below every other; ${next} comes next.`;
}

function listFiles(files: readonly PlannedFile[]): string {
  const rows = files.map(({ path, mode }) => `| \`${path}\` | ${mode.toString(8)} |`);
  return `| file | mode |\n| --- | --- |\n${rows.join('\n')}`;
}

const STARTING: Readonly<Record<Deployment, (site: Site) => string>> = {
  'static-pod': () =>
    'The kubelet starts what lies in `/etc/kubernetes/manifests`, also before there is an API server.',
  compose: () => fence(['docker compose -f /opt/holdfast/compose.yaml up -d']),
  docker: () => fence(['/opt/holdfast/start.sh']),
  systemd: ({ cluster: { name } }) =>
    fence([
      'systemctl daemon-reload',
      `systemctl enable --now ${unitName(name, 'haproxy')} ${unitName(name, 'vip')}`,
    ]),
};

function starting(site: Site): string {
  return `On ${names(site.holders)}:\n\n${STARTING[site.cluster.deployment](site)}`;
}

function kubernetes(site: Site): string {
  return `## Kubernetes

\`kubeadm.yaml\` has the endpoint and the names of the certificates. On the first master:

${fence(['kubeadm init --config kubeadm.yaml --upload-certs'])}

Masters and workers join by the VIP; \`kubeadm join\` prints it as \`${site.endpoint}\`. Where a worker
joined by another address before, \`server:\` in \`/etc/kubernetes/kubelet.conf\` and in the ConfigMap of
kube-proxy becomes:

${fence([`server: https://${site.endpoint}`])}`;
}

/** How the proxy of a host is stopped and started, so that the VIP is seen to move. */
const STOPPING: Readonly<Record<Deployment, (site: Site) => readonly [string, string]>> = {
  'static-pod': () => [
    'mv /etc/kubernetes/manifests/haproxy.yaml .',
    'mv haproxy.yaml /etc/kubernetes/manifests/',
  ],
  compose: () => [
    'docker compose -f /opt/holdfast/compose.yaml stop haproxy',
    'docker compose -f /opt/holdfast/compose.yaml start haproxy',
  ],
  docker: () => ['docker stop haproxy', 'docker start haproxy'],
  systemd: ({ cluster: { name } }) => [
    `systemctl stop ${unitName(name, 'haproxy')}`,
    `systemctl start ${unitName(name, 'haproxy')}`,
  ],
};

function testing(site: Site): string {
  const vip = site.vips[0]?.address ?? '';
  const [first, second] = [...site.holders].sort((a, b) => b.priority - a.priority);
  const [stop, start] = STOPPING[site.cluster.deployment](site);
  if (first === undefined || second === undefined) {
    return fence([`ip addr | grep -w ${vip}`]);
  }
  return `1. ${first.host.name} holds the VIP:

${fence([`ip addr | grep -w ${vip}`, 'holdfast status'])}

2. Its proxy stops; ${second.host.name} has the VIP within ${seconds(site)}:

${fence([stop])}

3. The proxy is back, and so is the VIP:

${fence([start])}

4. ${first.host.name} is switched off, or its cable is pulled: the same. On either host
   \`holdfast explain ${instanceName(site)}\` says why it moved.`;
}

function metrics({ cluster, holders }: Site): readonly string[] {
  const port = cluster.metricsPort;
  if (port === undefined) return [];
  const targets = holders.map(({ host }) => `'${withPort(host.address, port)}'`).join(', ');
  const config = [
    `- job_name: ${cluster.name}`,
    '  static_configs:',
    `    - targets: [${targets}]`,
  ];
  const operator =
    'With the operator of Prometheus: `kubectl apply -f metrics-service.yaml -f service-monitor.yaml`.';
  return [
    '## Metrics',
    `In \`scrape_configs\` of prometheus.yml:\n\n${fence(config)}`,
    ...(cluster.purpose === 'kubernetes' ? [operator] : []),
  ];
}

/** Two checks that fail, two seconds apart, and the election. */
function seconds({ cluster }: Site): string {
  return `some ${Math.ceil(2 * (cluster.advertIntervalS < 1 ? 1 : 2) + cluster.advertIntervalS)} seconds`;
}

function names(holders: readonly PlannedHolder[]): string {
  return holders.map(({ host }) => host.name).join(', ');
}

function addresses(site: Site): string {
  return site.holders.map(({ host }) => host.address).join(', ');
}

function fence(lines: readonly string[]): string {
  return `\`\`\`\n${lines.join('\n')}\n\`\`\``;
}
