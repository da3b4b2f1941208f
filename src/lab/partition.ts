import type { Host } from './host.ts';

/** Lets no frame of two hosts reach the other (or, one way, of `from` reach `to`), until `heal`. */
export async function cut(options: {
  readonly from: Host;
  readonly to: Host;
  readonly ways?: 1 | 2;
}): Promise<void> {
  const { from, to, ways = 2 } = options;
  await dropFrames(from, to);
  if (ways === 2) await dropFrames(to, from);
}

/** Undoes all that `cut` did on these hosts. */
export async function heal(hosts: readonly Host[]): Promise<void> {
  const ruleset = 'table netdev lab {\n}\ndelete table netdev lab\n';
  await Promise.all(hosts.filter((host) => host.isOn).map((host) => host.nft(ruleset)));
}

async function dropFrames(from: Host, to: Host): Promise<void> {
  const macs = from.plan.interfaces.map(({ mac }) => mac).join(', ');
  const chains = to.plan.interfaces.map(
    ({ name }, index) => `
  chain from-${from.name}-${index} {
    type filter hook ingress device "${name}" priority 0;
    ether saddr { ${macs} } drop
  }`,
  );
  await to.nft(`table netdev lab {${chains.join('')}\n}\n`);
}
