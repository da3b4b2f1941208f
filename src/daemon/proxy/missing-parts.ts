import type { ProxyConfig, ProxySection } from '../../config/model/proxy.ts';

export interface MissingPart {
  readonly file: string;
  readonly line: number;
  readonly what: string;
}

/** What the reader understands and this version does not carry out: to ignore it would change what is meant. */
export function missingParts({ proxies }: ProxyConfig): readonly MissingPart[] {
  return proxies.flatMap((section) =>
    partsOf(section).map(([line, what]) => ({ file: section.file, line, what })),
  );
}

function partsOf(section: ProxySection): readonly (readonly [line: number, what: string])[] {
  const { binds, servers } = section;
  return [
    ...binds
      .filter(({ tls, acceptProxy }) => tls !== undefined && acceptProxy)
      .map(({ line }) => [line, "'accept-proxy' before 'ssl' is not carried out yet"] as const),
    ...servers
      .filter(({ cookie }) => cookie !== undefined)
      .map(({ line }) => [line, 'persistence by cookies is not carried out yet'] as const),
  ];
}
