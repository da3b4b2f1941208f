import type { VrrpVersion } from '../../model/vrrp.ts';
import type { Context } from './context.ts';
import type { Values } from './values.ts';

export interface InstanceNature {
  readonly version: VrrpVersion;
  readonly strict: boolean;
  readonly transport: 'unicast' | 'multicast';
}

/** Words that are about peers, and of no use without any. */
const ABOUT_PEERS = [
  'check_unicast_src',
  'old_unicast_checksum',
  'unicast_src_ip',
  'unicast_ttl',
] as const;

/** Settings of an instance that each are right, and do not go together. */
export function reportContradictions(
  values: Values,
  nature: InstanceNature,
  context: Context,
): void {
  reportTransport(values, nature, context);
  if (nature.strict) reportStrict(values, nature, context);
}

function reportTransport(values: Values, { transport }: InstanceNature, context: Context): void {
  const { report } = context;
  if (transport === 'multicast') {
    if (values.has('unicast_peer')) return;
    for (const name of ABOUT_PEERS) {
      const statement = values.statement(name);
      if (statement?.definition.name !== name) continue;
      report.add(
        'setting-without-effect',
        statement.keyword.at,
        `'${name}' is about peers, and there is no unicast_peer: multicast is used`,
        'list the other hosts in unicast_peer, or remove this line',
      );
    }
    return;
  }
  const [group] = values.all('mcast_dst_ip');
  if (group !== undefined) {
    report.add(
      'setting-without-effect',
      group.keyword.at,
      'adverts go to the peers: mcast_dst_ip is ignored',
    );
  }
  const [vmac] = values.all('use_vmac');
  if (vmac !== undefined && !values.has('vmac_xmit_base')) {
    report.add(
      'setting-without-effect',
      vmac.keyword.at,
      'adverts to peers leave through the interface itself, not through a vmac',
      'add vmac_xmit_base',
    );
  }
}

function reportStrict(values: Values, { version }: InstanceNature, { report }: Context): void {
  const overridden = [
    values.has('accept') && version === 2 ? 'accept' : undefined,
    values.bool('higher_prio_send_advert') === true ? 'higher_prio_send_advert' : undefined,
    values.bool('lower_prio_no_advert') === false ? 'lower_prio_no_advert' : undefined,
    (values.number('garp_lower_prio_repeat') ?? 0) > 0 ? 'garp_lower_prio_repeat' : undefined,
  ];
  for (const name of overridden) {
    const at = name === undefined ? undefined : values.all(name)[0]?.keyword.at;
    if (at === undefined) continue;
    report.add('strict-mode-overrides', at, `strict mode does not allow '${name}': it is ignored`);
  }
}
