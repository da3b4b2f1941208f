import { hashOfAddress, hashOfText } from '../../../core/proxy/balance/hashing.ts';
import type { LiveProxy } from '../../../core/proxy/live.ts';
import { evaluateSample } from '../../../core/proxy/samples/evaluate.ts';
import type { SampleFacts } from '../../../core/proxy/samples/facts.ts';
import { pathOf } from '../../../core/proxy/samples/fetches.ts';

/** Of what the backend balances by; undefined: by turns, or there is no such thing in the request. */
export function balanceHash({ config }: LiveProxy, facts: () => SampleFacts): number | undefined {
  const { balance } = config;
  switch (balance.kind) {
    case 'source': {
      const { source } = facts();
      return source === undefined ? undefined : hashOfAddress(source.ip);
    }
    case 'uri':
      return hashOfUri(balance, facts());
    case 'hdr':
      return hashOfSample({ fetch: 'req.hdr', args: [balance.name], converters: [] }, facts());
    case 'url_param':
      return hashOfSample({ fetch: 'url_param', args: [balance.name], converters: [] }, facts());
    case 'hash':
      return hashOfSample(balance.sample, facts());
    default:
      return undefined;
  }
}

type ByUri = Extract<LiveProxy['config']['balance'], { readonly kind: 'uri' }>;

function hashOfUri({ whole, depth, len }: ByUri, { request }: SampleFacts): number | undefined {
  if (request === undefined) return undefined;
  const path = whole ? request.target : pathOf(request);
  const folders = path.split('/');
  const parts = depth === undefined ? path : folders.slice(0, depth + 1).join('/');
  return hashOfText(len === undefined ? parts : parts.slice(0, len));
}

function hashOfSample(
  sample: Parameters<typeof evaluateSample>[0],
  facts: SampleFacts,
): number | undefined {
  const value = evaluateSample(sample, facts);
  return value === undefined ? undefined : hashOfText(String(value));
}
