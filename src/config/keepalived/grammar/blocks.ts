import { GLOBAL_KEYWORDS } from './global-keywords.ts';
import {
  AUTH_HMAC_KEYWORDS,
  AUTHENTICATION_KEYWORDS,
  INSTANCE_KEYWORDS,
} from './instance-keywords.ts';
import type { BlockName, Keyword } from './keyword.ts';
import {
  BFD_KEYWORDS,
  GARP_GROUP_KEYWORDS,
  SCRIPT_KEYWORDS,
  SYNC_GROUP_KEYWORDS,
  TRACK_FILE_KEYWORDS,
  TRACK_PROCESS_KEYWORDS,
} from './other-keywords.ts';
import { ROOT_KEYWORDS } from './root-keywords.ts';

export type KeywordMap = ReadonlyMap<string, Keyword>;

function byName(keywords: readonly Keyword[]): KeywordMap {
  return new Map(keywords.map((keyword) => [keyword.name, keyword]));
}

/** Every keyword of the language by the block that it stands in. */
export const BLOCKS: Readonly<Record<BlockName, KeywordMap>> = {
  root: byName(ROOT_KEYWORDS),
  global_defs: byName(GLOBAL_KEYWORDS),
  vrrp_instance: byName(INSTANCE_KEYWORDS),
  vrrp_script: byName(SCRIPT_KEYWORDS),
  vrrp_sync_group: byName(SYNC_GROUP_KEYWORDS),
  vrrp_track_process: byName(TRACK_PROCESS_KEYWORDS),
  track_file: byName(TRACK_FILE_KEYWORDS),
  bfd_instance: byName(BFD_KEYWORDS),
  garp_group: byName(GARP_GROUP_KEYWORDS),
  authentication: byName(AUTHENTICATION_KEYWORDS),
  auth_hmac: byName(AUTH_HMAC_KEYWORDS),
};

/** The blocks in which a keyword may stand. */
export function blocksOf(keyword: string): BlockName[] {
  return (Object.keys(BLOCKS) as BlockName[]).filter((name) => BLOCKS[name].has(keyword));
}
