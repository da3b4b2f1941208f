import type { Command } from './command.ts';
import { parseFlags } from './flags.ts';
import { loadPlanner } from './plan.ts';

const USAGE = `Usage: holdfast manifest control-plane --vip ADDRESS[/BITS] --interface LINK
                                       --master NAME=ADDRESS... [OPTION...]

Prints one static pod, the same for every master: it keeps the VIP on a master whose API server is ready, and
runs before there is any (see docs/control-plane.md). Put it into /etc/kubernetes/manifests of every master.

      --vip ADDRESS[/BITS]   the virtual address; may be given several times
      --interface LINK       that carries it
      --master NAME=ADDRESS  a master by the name of its node; for each one, in the order of preference
      --port PORT            where the API servers listen (default 6443)
      --balance PORT         a proxy at that port of the VIP spreads clients over all masters
      --token-file FILE      the check asks for /readyz with the token in this file of the master
      --client-cert FILE     or with a certificate; without either as anybody
      --client-key FILE      of that certificate
      --ca FILE              who signed the API servers' certificates; without it they are not verified
      --secrets FILE         a key that the masters share, for hand-overs without a gap; drawn where FILE is
                             not there yet
      --vrid VRID            1 to 255; derived from the name and the VIP otherwise
      --advert-interval S    seconds, 0.01 to 40.95 (default 1)
      --name NAME            of the cluster (default control-plane)
      --image IMAGE          of holdfast in the place of keepalived
      --proxy-image IMAGE    in the place of haproxy
      --sysctl NAME=VALUE    set on the host before, by an init container with the rights to do it
  -h, --help                 print this text

Exit status: 0 printed; 1 not.
`;

export const manifestCommand: Command = {
  name: 'manifest',
  summary: "print a static pod that holds the control plane's VIP",
  usage: USAGE,
  run: async (argv) => {
    const flags = parseFlags(argv, {
      options: {
        vip: { type: 'string', multiple: true },
        interface: { type: 'string' },
        master: { type: 'string', multiple: true },
        port: { type: 'string', default: '6443' },
        balance: { type: 'string' },
        'token-file': { type: 'string' },
        'client-cert': { type: 'string' },
        'client-key': { type: 'string' },
        ca: { type: 'string' },
        secrets: { type: 'string' },
        vrid: { type: 'string' },
        'advert-interval': { type: 'string' },
        name: { type: 'string', default: 'control-plane' },
        image: { type: 'string' },
        'proxy-image': { type: 'string' },
        sysctl: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
      allowPositionals: true,
    });
    if (flags.ok && flags.values.help === true) {
      process.stdout.write(USAGE);
      return 0;
    }
    if (!flags.ok || flags.positionals.join(' ') !== 'control-plane') {
      const message = flags.ok ? "which one: write 'control-plane'" : flags.message;
      process.stderr.write(`holdfast manifest: ${message}\n${USAGE}`);
      return 1;
    }
    const { values } = flags;
    return loadPlanner().printControlPlane({
      name: values.name,
      vips: values.vip ?? [],
      interface: values.interface,
      masters: values.master ?? [],
      port: values.port,
      balance: values.balance,
      vrid: values.vrid,
      advertInterval: values['advert-interval'],
      tokenFile: values['token-file'],
      certificate: values['client-cert'],
      key: values['client-key'],
      authority: values.ca,
      secrets: values.secrets,
      images: { keepalived: values.image, haproxy: values['proxy-image'] },
      sysctls: values.sysctl ?? [],
    });
  },
};
