import { fuzzProxyHeaders, fuzzRequests, fuzzResponses } from './decoding.ts';
import { fuzzCommands } from './orders.ts';
import type { ProxyFuzzOptions, ProxyFuzzReport } from './report.ts';
import { fuzzTraffic } from './traffic.ts';

export const parts: Readonly<
  Record<string, (options: ProxyFuzzOptions) => ProxyFuzzReport | Promise<ProxyFuzzReport>>
> = {
  requests: fuzzRequests,
  responses: fuzzResponses,
  'proxy-headers': fuzzProxyHeaders,
  commands: fuzzCommands,
  traffic: fuzzTraffic,
};
