import {
  BFD_CHECK_KEYWORDS,
  CONNECTION_CHECK_KEYWORDS,
  DNS_CHECK_KEYWORDS,
  FILE_CHECK_KEYWORDS,
  HTTP_CHECK_KEYWORDS,
  MISC_CHECK_KEYWORDS,
  SMTP_CHECK_KEYWORDS,
  SSL_KEYWORDS,
  UDP_CHECK_KEYWORDS,
  URL_KEYWORDS,
} from './checker-keywords.ts';
import { GLOBAL_KEYWORDS } from './global-keywords.ts';
import {
  AUTH_HMAC_KEYWORDS,
  AUTHENTICATION_KEYWORDS,
  INSTANCE_KEYWORDS,
} from './instance-keywords.ts';
import type { BlockName, Keyword, PlacedKeyword } from './keyword.ts';
import {
  BFD_KEYWORDS,
  GARP_GROUP_KEYWORDS,
  SCRIPT_KEYWORDS,
  SYNC_GROUP_KEYWORDS,
  TRACK_FILE_KEYWORDS,
  TRACK_GROUP_KEYWORDS,
  TRACK_PROCESS_KEYWORDS,
} from './other-keywords.ts';
import { QUIRKS } from './quirks.ts';
import { REAL_SERVER_KEYWORDS } from './real-server-keywords.ts';
import { ROOT_KEYWORDS } from './root-keywords.ts';
import { TRACK_CHECK_KEYWORDS } from './track-check-keywords.ts';
import { VIRTUAL_SERVER_KEYWORDS } from './virtual-server-keywords.ts';

export type KeywordMap = ReadonlyMap<string, PlacedKeyword>;

const TABLES: Readonly<Record<BlockName, readonly Keyword[]>> = {
  root: ROOT_KEYWORDS,
  global_defs: GLOBAL_KEYWORDS,
  vrrp_instance: INSTANCE_KEYWORDS,
  vrrp_script: SCRIPT_KEYWORDS,
  track_check: TRACK_CHECK_KEYWORDS,
  vrrp_sync_group: SYNC_GROUP_KEYWORDS,
  vrrp_track_process: TRACK_PROCESS_KEYWORDS,
  track_file: TRACK_FILE_KEYWORDS,
  bfd_instance: BFD_KEYWORDS,
  garp_group: GARP_GROUP_KEYWORDS,
  track_group: TRACK_GROUP_KEYWORDS,
  authentication: AUTHENTICATION_KEYWORDS,
  auth_hmac: AUTH_HMAC_KEYWORDS,
  virtual_server: VIRTUAL_SERVER_KEYWORDS,
  real_server: REAL_SERVER_KEYWORDS,
  TCP_CHECK: CONNECTION_CHECK_KEYWORDS,
  HTTP_GET: HTTP_CHECK_KEYWORDS,
  url: URL_KEYWORDS,
  SMTP_CHECK: SMTP_CHECK_KEYWORDS,
  host: CONNECTION_CHECK_KEYWORDS,
  DNS_CHECK: DNS_CHECK_KEYWORDS,
  MISC_CHECK: MISC_CHECK_KEYWORDS,
  UDP_CHECK: UDP_CHECK_KEYWORDS,
  PING_CHECK: CONNECTION_CHECK_KEYWORDS,
  BFD_CHECK: BFD_CHECK_KEYWORDS,
  FILE_CHECK: FILE_CHECK_KEYWORDS,
  SSL: SSL_KEYWORDS,
};

function place(block: BlockName, keywords: readonly Keyword[]): KeywordMap {
  return new Map(
    keywords.map((keyword) => [
      keyword.name,
      { ...keyword, ...QUIRKS[block]?.[keyword.name], block },
    ]),
  );
}

/**
 * Every keyword of the language by the block that it stands in. A block's are put in their place when somebody
 * first asks for them: most files have few of the blocks, and every process reads one as it starts.
 */
export const BLOCKS = {} as Readonly<Record<BlockName, KeywordMap>>;
for (const [name, rows] of Object.entries(TABLES)) {
  const get = (): KeywordMap => {
    const value = place(name as BlockName, rows);
    Object.defineProperty(BLOCKS, name, { value });
    return value;
  };
  Object.defineProperty(BLOCKS, name, { get, enumerable: true, configurable: true });
}

/** The blocks in which a keyword may stand. */
export function blocksOf(keyword: string): BlockName[] {
  return (Object.keys(BLOCKS) as BlockName[]).filter((name) => BLOCKS[name].has(keyword));
}
