/** From what a container is started with to what runs in it: the public entry of this folder. */
import { nearestWord } from '../../base/edit-distance.ts';
import { failed, ok, type Result } from '../../base/result.ts';
import { translateArcts } from './arcts.ts';
import { translateOsixia } from './osixia.ts';
import { translatePlain } from './plain.ts';
import {
  type ContainerSetup,
  IMAGE_CHOICES,
  type ImageChoice,
  type ImageName,
  type Translation,
} from './setup.ts';
import { translateVip } from './vip.ts';

export interface ChosenImage {
  readonly image: ImageChoice;
  /** In words. */
  readonly because: string;
}

/** `named`: by the entry of an image. HOLDFAST_IMAGE comes first, what the variables look like last. */
export function chooseImage(
  { env, argv }: Pick<ContainerSetup, 'env' | 'argv'>,
  named: string | undefined,
): Result<ChosenImage, string> {
  const forced = env.HOLDFAST_IMAGE ?? '';
  const name = forced === '' ? named : forced;
  if (name === undefined) return ok(guessImage(env, argv));
  const image = IMAGE_CHOICES.find((one) => one === name);
  if (image !== undefined) {
    return ok({ image, because: forced === '' ? 'its entry says so' : 'HOLDFAST_IMAGE says so' });
  }
  const nearest = nearestWord(name, IMAGE_CHOICES);
  const hint =
    nearest === undefined ? `one of ${IMAGE_CHOICES.join(', ')}` : `did you mean ${nearest}?`;
  return failed(`there is no image '${name}' (${hint})`);
}

/** Variables that only one of them has. */
const SIGNS: readonly (readonly [ImageName, RegExp])[] = [
  ['arcts-keepalived', /^KEEPALIVED_(?:VIRTUAL_IPADDRESS(?:_EXCLUDED)?_[0-9]+|AUTOCONF)$/],
  ['osixia-keepalived', /^KEEPALIVED_(?:VIRTUAL_IPS|UNICAST_PEERS|ROUTER_ID|CONF_TEMPLATE)$/],
  ['vip-keepalived', /^(?:VIP|VIRTUAL_IP)$/],
];

function guessImage(env: ContainerSetup['env'], argv: readonly string[]): ChosenImage {
  const set = Object.keys(env).filter((name) => (env[name] ?? '') !== '');
  for (const [image, pattern] of SIGNS) {
    const sign = set.find((name) => pattern.test(name));
    if (sign !== undefined) return { image, because: `${sign} is set` };
  }
  const [first = ''] = argv;
  if (/(?:^|\/)haproxy$/.test(first)) return { image: 'haproxy', because: 'haproxy is called' };
  if (/(?:^|\/)kube-keepalived-vip$/.test(first)) {
    return { image: 'kube-keepalived-vip', because: 'kube-keepalived-vip is called' };
  }
  const image =
    first.startsWith('-') || /(?:^|\/)keepalived$/.test(first) ? 'keepalived' : 'holdfast';
  return { image, because: 'no variable of another image is set' };
}

export function translate(setup: ContainerSetup, image: ImageChoice): Translation {
  switch (image) {
    case 'osixia-keepalived':
      return translateOsixia(setup);
    case 'osixia-keepalived-classic':
      return translateOsixia(setup, 'classic');
    case 'osixia-keepalived-2026':
      return translateOsixia(setup, '2026');
    case 'arcts-keepalived':
      return translateArcts(setup);
    case 'vip-keepalived':
      return translateVip(setup);
    case 'keepalived':
    case 'haproxy':
    case 'holdfast':
    case 'kube-keepalived-vip':
      return translatePlain(setup, image);
  }
}

/** What this folder is asked for. */
export interface Images {
  readonly chooseImage: typeof chooseImage;
  readonly translate: typeof translate;
}
