/** Samples and converters: what is known of them, and which are acted upon. */
import type { KeywordStatus } from './keyword.ts';

export type SampleType = 'bool' | 'int' | 'ip' | 'str' | 'bin';

export interface SampleWord {
  readonly status: KeywordStatus;
  /** Arguments. */
  readonly least: number;
  readonly most: number;
  readonly type: SampleType;
}

/** By least and most arguments and type. */
const ACTED: readonly (readonly [least: number, most: number, type: SampleType, names: string])[] =
  [
    [
      0,
      0,
      'bool',
      `
  always_false always_true dst_is_local fc_rcvd_proxy http_first_req req.proto_http
  req_proto_http src_is_local ssl_c_used ssl_fc ssl_fc_has_crt ssl_fc_has_sni stopping
  wait_end`,
    ],
    [
      0,
      0,
      'int',
      `
  be_id dst_port fc_dst_port fc_http_major fc_src_port fe_id req.len req.ssl_hello_type
  req.ssl_ver req_len req_ssl_hello_type req_ssl_ver src_port srv_id ssl_c_verify status
  url_port`,
    ],
    [
      0,
      0,
      'ip',
      `
  dst fc_dst fc_src src url_ip`,
    ],
    [
      0,
      0,
      'str',
      `
  base be_name fe_defbe fe_name hostname method path pathq query req.ssl_alpn req.ssl_sni
  req.ver req_ssl_sni req_ver res.ver resp_ver srv_name ssl_fc_alpn ssl_fc_cipher
  ssl_fc_protocol ssl_fc_sni url`,
    ],
    [
      0,
      1,
      'int',
      `
  be_conn be_conn_free be_sess_rate connslots cook_cnt cook_val fe_conn fe_req_rate
  fe_sess_rate hdr_cnt nbsrv queue rand req.cook_cnt req.cook_val req.fhdr_cnt req.hdr_cnt
  res.hdr_cnt shdr_cnt`,
    ],
    [
      0,
      1,
      'str',
      `
  cook cookie req.cook res.cook scook`,
    ],
    [
      0,
      2,
      'int',
      `
  date hdr_val req.hdr_val res.hdr_val shdr_val urlp_val`,
    ],
    [
      0,
      2,
      'ip',
      `
  hdr_ip req.hdr_ip res.hdr_ip shdr_ip`,
    ],
    [
      0,
      2,
      'str',
      `
  hdr req.fhdr req.hdr res.fhdr res.hdr shdr url_param urlp`,
    ],
    [
      1,
      1,
      'bool',
      `
  bool srv_is_up`,
    ],
    [
      1,
      1,
      'int',
      `
  int srv_conn srv_conn_free srv_iweight srv_queue srv_uweight srv_weight`,
    ],
    [
      1,
      1,
      'ip',
      `
  ipv4 ipv6`,
    ],
    [
      1,
      1,
      'str',
      `
  env meth str`,
    ],
  ];

const CONVERTERS_ACTED: typeof ACTED = [
  [
    0,
    0,
    'str',
    `
  bool even hex host_only length lower neg not odd port_only upper`,
  ],
  [
    0,
    1,
    'str',
    `
  sdbm url_dec`,
  ],
  [
    1,
    1,
    'str',
    `
  add and div ltrim mod mul or rtrim strcmp sub xor`,
  ],
  [
    1,
    2,
    'str',
    `
  bytes ipmask`,
  ],
  [
    1,
    3,
    'str',
    `
  concat`,
  ],
  [
    2,
    2,
    'str',
    `
  iif`,
  ],
  [
    2,
    3,
    'str',
    `
  field word`,
  ],
];

/** Known and not acted upon: `name/least/most`. */
const FETCHES_KNOWN = `
  avg_queue/0/1 base32/0/0 base32+src/0/0 baseq/0/0 bc_dst/0/0 bc_dst_port/0/0 bc_err/0/0
  bc_err_str/0/0 bc_http_major/0/0 bc_src/0/0 bc_src_port/0/0 be_server_timeout/0/0
  be_tunnel_timeout/0/0 bin/1/1 capture.req.hdr/1/1 capture.req.method/0/0 capture.req.uri/0/0
  capture.req.ver/0/0 capture.res.hdr/1/1 capture.res.ver/0/0 cpu_calls/0/0 cpu_ns_avg/0/0
  cpu_ns_tot/0/0 cur_server_timeout/0/0 cur_tunnel_timeout/0/0 date_us/0/0 distcc_body/1/2
  distcc_param/1/2 dst_conn/0/0 fc_dst_is_local/0/0 fc_err/0/0 fc_err_str/0/0 fc_fackets/0/1
  fc_lost/0/1 fc_pp_authority/0/0 fc_pp_unique_id/0/0 fc_reordering/0/1 fc_retrans/0/1 fc_rtt/0/1
  fc_rttvar/0/1 fc_sacked/0/1 fc_src_is_local/0/0 fc_unacked/0/1 fcgi.docroot/0/0 fcgi.index/0/0
  fe_client_timeout/0/0 http_auth/1/1 http_auth_bearer/0/1 http_auth_group/1/1 http_auth_pass/0/0
  http_auth_type/0/0 http_auth_user/0/0 internal.htx.data/0/0 internal.htx.free/0/0
  internal.htx.free_data/0/0 internal.htx.has_eom/0/0 internal.htx.nbblks/0/0
  internal.htx.size/0/0 internal.htx.used/0/0 internal.htx_blk.data/1/1
  internal.htx_blk.hdrname/1/1 internal.htx_blk.hdrval/1/1 internal.htx_blk.size/1/1
  internal.htx_blk.start_line/1/1 internal.htx_blk.type/1/1 internal.strm.is_htx/0/0
  last_rule_file/0/0 last_rule_line/0/0 lat_ns_avg/0/0 lat_ns_tot/0/0 nbproc/0/0 payload/2/2
  payload_lv/2/3 prio_class/0/0 prio_offset/0/0 proc/0/0 rdp_cookie/0/1 rdp_cookie_cnt/0/1
  rep_ssl_hello_type/0/0 req.body/0/0 req.body_len/0/0 req.body_param/0/1 req.body_size/0/0
  req.hdr_names/0/1 req.hdrs/0/0 req.hdrs_bin/0/0 req.payload/2/2 req.payload_lv/2/3
  req.rdp_cookie/0/1 req.rdp_cookie_cnt/0/1 req.ssl_ec_ext/0/0 req.ssl_st_ext/0/0 res.body/0/0
  res.body_len/0/0 res.body_size/0/0 res.cache_hit/0/0 res.cache_name/0/0 res.comp/0/0
  res.comp_algo/0/0 res.cook_cnt/0/1 res.cook_val/0/1 res.fhdr_cnt/0/1 res.hdr_names/0/1
  res.hdrs/0/0 res.hdrs_bin/0/0 res.len/0/0 res.payload/2/2 res.payload_lv/2/3
  res.ssl_hello_type/0/0 sc0_bytes_in_rate/0/1 sc0_bytes_out_rate/0/1 sc0_clr_gpc0/0/1
  sc0_clr_gpc1/0/1 sc0_conn_cnt/0/1 sc0_conn_cur/0/1 sc0_conn_rate/0/1 sc0_get_gpc0/0/1
  sc0_get_gpc1/0/1 sc0_get_gpt0/0/1 sc0_gpc0_rate/0/1 sc0_gpc1_rate/0/1 sc0_http_err_cnt/0/1
  sc0_http_err_rate/0/1 sc0_http_fail_cnt/0/1 sc0_http_fail_rate/0/1 sc0_http_req_cnt/0/1
  sc0_http_req_rate/0/1 sc0_inc_gpc0/0/1 sc0_inc_gpc1/0/1 sc0_kbytes_in/0/1 sc0_kbytes_out/0/1
  sc0_sess_cnt/0/1 sc0_sess_rate/0/1 sc0_tracked/0/1 sc0_trackers/0/1 sc1_bytes_in_rate/0/1
  sc1_bytes_out_rate/0/1 sc1_clr_gpc/1/2 sc1_clr_gpc0/0/1 sc1_clr_gpc1/0/1 sc1_conn_cnt/0/1
  sc1_conn_cur/0/1 sc1_conn_rate/0/1 sc1_get_gpc0/0/1 sc1_get_gpc1/0/1 sc1_get_gpt0/0/1
  sc1_gpc0_rate/0/1 sc1_gpc1_rate/0/1 sc1_http_err_cnt/0/1 sc1_http_err_rate/0/1
  sc1_http_fail_cnt/0/1 sc1_http_fail_rate/0/1 sc1_http_req_cnt/0/1 sc1_http_req_rate/0/1
  sc1_inc_gpc0/0/1 sc1_inc_gpc1/0/1 sc1_kbytes_in/0/1 sc1_kbytes_out/0/1 sc1_sess_cnt/0/1
  sc1_sess_rate/0/1 sc1_tracked/0/1 sc1_trackers/0/1 sc2_bytes_in_rate/0/1 sc2_bytes_out_rate/0/1
  sc2_clr_gpc0/0/1 sc2_clr_gpc1/0/1 sc2_conn_cnt/0/1 sc2_conn_cur/0/1 sc2_conn_rate/0/1
  sc2_get_gpc0/0/1 sc2_get_gpc1/0/1 sc2_get_gpt0/0/1 sc2_gpc0_rate/0/1 sc2_gpc1_rate/0/1
  sc2_http_err_cnt/0/1 sc2_http_err_rate/0/1 sc2_http_fail_cnt/0/1 sc2_http_fail_rate/0/1
  sc2_http_req_cnt/0/1 sc2_http_req_rate/0/1 sc2_inc_gpc0/0/1 sc2_inc_gpc1/0/1 sc2_kbytes_in/0/1
  sc2_kbytes_out/0/1 sc2_sess_cnt/0/1 sc2_sess_rate/0/1 sc2_tracked/0/1 sc2_trackers/0/1
  sc_bytes_in_rate/1/2 sc_bytes_out_rate/1/2 sc_clr_gpc/2/3 sc_clr_gpc0/1/2 sc_clr_gpc1/1/2
  sc_conn_cnt/1/2 sc_conn_cur/1/2 sc_conn_rate/1/2 sc_get_gpc/2/3 sc_get_gpc0/1/2 sc_get_gpc1/1/2
  sc_get_gpt/2/3 sc_get_gpt0/1/2 sc_gpc0_rate/1/2 sc_gpc1_rate/1/2 sc_gpc_rate/2/3
  sc_http_err_cnt/1/2 sc_http_err_rate/1/2 sc_http_fail_cnt/1/2 sc_http_fail_rate/1/2
  sc_http_req_cnt/1/2 sc_http_req_rate/1/2 sc_inc_gpc/2/3 sc_inc_gpc0/1/2 sc_inc_gpc1/1/2
  sc_kbytes_in/1/2 sc_kbytes_out/1/2 sc_sess_cnt/1/2 sc_sess_rate/1/2 sc_tracked/1/2
  sc_trackers/1/2 scook_cnt/0/1 scook_val/0/1 so_id/0/0 so_name/0/0 src_bytes_in_rate/0/1
  src_bytes_out_rate/0/1 src_clr_gpc/2/2 src_clr_gpc0/0/1 src_clr_gpc1/0/1 src_conn_cnt/0/1
  src_conn_cur/0/1 src_conn_rate/0/1 src_get_gpc/2/2 src_get_gpc0/0/1 src_get_gpc1/0/1
  src_get_gpt/2/2 src_get_gpt0/0/1 src_gpc0_rate/0/1 src_gpc1_rate/0/1 src_gpc_rate/2/2
  src_http_err_cnt/0/1 src_http_err_rate/0/1 src_http_fail_cnt/0/1 src_http_fail_rate/0/1
  src_http_req_cnt/0/1 src_http_req_rate/0/1 src_inc_gpc/2/2 src_inc_gpc0/0/1 src_inc_gpc1/0/1
  src_kbytes_in/0/1 src_kbytes_out/0/1 src_sess_cnt/0/1 src_sess_rate/0/1 src_updt_conn_cnt/0/1
  srv_sess_rate/1/1 ssl_bc/0/0 ssl_bc_alg_keysize/0/0 ssl_bc_alpn/0/0 ssl_bc_cipher/0/0
  ssl_bc_client_random/0/0 ssl_bc_err/0/0 ssl_bc_err_str/0/0 ssl_bc_is_resumed/0/0 ssl_bc_npn/0/0
  ssl_bc_protocol/0/0 ssl_bc_server_random/0/0 ssl_bc_session_id/0/0 ssl_bc_session_key/0/0
  ssl_bc_unique_id/0/0 ssl_bc_use_keysize/0/0 ssl_c_ca_err/0/0 ssl_c_ca_err_depth/0/0
  ssl_c_chain_der/0/0 ssl_c_der/0/0 ssl_c_err/0/0 ssl_c_i_dn/0/3 ssl_c_key_alg/0/0
  ssl_c_notafter/0/0 ssl_c_notbefore/0/0 ssl_c_s_dn/0/3 ssl_c_serial/0/0 ssl_c_sha1/0/0
  ssl_c_sig_alg/0/0 ssl_c_version/0/0 ssl_f_der/0/0 ssl_f_i_dn/0/3 ssl_f_key_alg/0/0
  ssl_f_notafter/0/0 ssl_f_notbefore/0/0 ssl_f_s_dn/0/3 ssl_f_serial/0/0 ssl_f_sha1/0/0
  ssl_f_sig_alg/0/0 ssl_f_version/0/0 ssl_fc_alg_keysize/0/0 ssl_fc_cipherlist_bin/0/1
  ssl_fc_cipherlist_hex/0/1 ssl_fc_cipherlist_str/0/1 ssl_fc_cipherlist_xxh/0/0
  ssl_fc_client_early_traffic_secret/0/0 ssl_fc_client_handshake_traffic_secret/0/0
  ssl_fc_client_random/0/0 ssl_fc_client_traffic_secret_0/0/0 ssl_fc_early_exporter_secret/0/0
  ssl_fc_ecformats_bin/0/0 ssl_fc_eclist_bin/0/1 ssl_fc_err/0/0 ssl_fc_err_str/0/0
  ssl_fc_exporter_secret/0/0 ssl_fc_extlist_bin/0/1 ssl_fc_has_early/0/0 ssl_fc_is_resumed/0/0
  ssl_fc_npn/0/0 ssl_fc_protocol_hello_id/0/0 ssl_fc_server_handshake_traffic_secret/0/0
  ssl_fc_server_random/0/0 ssl_fc_server_traffic_secret_0/0/0 ssl_fc_session_id/0/0
  ssl_fc_session_key/0/0 ssl_fc_unique_id/0/0 ssl_fc_use_keysize/0/0 ssl_s_chain_der/0/0
  ssl_s_der/0/0 ssl_s_i_dn/0/3 ssl_s_key_alg/0/0 ssl_s_notafter/0/0 ssl_s_notbefore/0/0
  ssl_s_s_dn/0/3 ssl_s_serial/0/0 ssl_s_sha1/0/0 ssl_s_sig_alg/0/0 ssl_s_version/0/0 table_avl/0/1
  table_cnt/0/1 thread/0/0 unique-id/0/0 url32/0/0 url32+src/0/0 uuid/0/1 var/1/2`;

const CONVERTERS_KNOWN = `
  add_item/2/3 aes_gcm_dec/4/4 b64dec/0/0 base64/0/0 be2dec/1/3 be2hex/1/3 capture-req/1/1
  capture-res/1/1 cpl/0/0 crc32/0/1 crc32c/0/1 cut_crlf/0/0 debug/0/2 digest/1/1 djb2/0/1
  fix_is_valid/0/0 fix_tag_value/1/1 hex2i/0/0 hmac/2/2 htonl/0/0 http_date/0/2 in_table/0/1
  json/1/1 json_query/1/2 jwt_header_query/0/2 jwt_payload_query/0/2 jwt_verify/2/2 language/1/2
  ltime/1/2 map/1/2 map_beg/1/2 map_beg_int/1/2 map_beg_ip/1/2 map_dir/1/2 map_dir_int/1/2
  map_dir_ip/1/2 map_dom/1/2 map_dom_int/1/2 map_dom_ip/1/2 map_end/1/2 map_end_int/1/2
  map_end_ip/1/2 map_int/1/2 map_int_int/1/2 map_int_ip/1/2 map_ip/1/2 map_ip_int/1/2
  map_ip_ip/1/2 map_reg/1/2 map_reg_int/1/2 map_reg_ip/1/2 map_regm/1/2 map_str/1/2
  map_str_int/1/2 map_str_ip/1/2 map_sub/1/2 map_sub_int/1/2 map_sub_ip/1/2 mqtt_field_value/2/2
  mqtt_is_valid/0/0 nbsrv/0/0 protobuf/1/2 regsub/2/3 secure_memcmp/1/1 set-var/1/5 sha1/0/0
  sha2/0/1 srv_queue/0/0 table_bytes_in_rate/0/1 table_bytes_out_rate/0/1 table_conn_cnt/0/1
  table_conn_cur/0/1 table_conn_rate/0/1 table_expire/0/1 table_gpc/2/2 table_gpc0/0/1
  table_gpc0_rate/0/1 table_gpc1/0/1 table_gpc1_rate/0/1 table_gpc_rate/2/2 table_gpt/2/2
  table_gpt0/0/1 table_http_err_cnt/0/1 table_http_err_rate/0/1 table_http_fail_cnt/0/1
  table_http_fail_rate/0/1 table_http_req_cnt/0/1 table_http_req_rate/0/1 table_idle/0/1
  table_kbytes_in/0/1 table_kbytes_out/0/1 table_server_id/0/1 table_sess_cnt/0/1
  table_sess_rate/0/1 table_trackers/0/1 ub64dec/0/0 ub64enc/0/0 ungrpc/1/2 unset-var/1/1
  url_enc/1/1 utime/1/2 wt6/0/1 xxh3/0/1 xxh32/0/1 xxh64/0/1`;

function tableOf(acted: typeof ACTED, known: string): ReadonlyMap<string, SampleWord> {
  const words = new Map<string, SampleWord>();
  for (const [least, most, type, names] of acted) {
    for (const name of split(names)) words.set(name, { status: 'acted', least, most, type });
  }
  for (const row of split(known)) {
    const [name = '', least, most] = row.split('/');
    words.set(name, { status: 'refused', least: Number(least), most: Number(most), type: 'str' });
  }
  return words;
}

function split(names: string): readonly string[] {
  return names.trim().split(/\s+/);
}

let tables: Record<'sample' | 'converter', ReadonlyMap<string, SampleWord>> | undefined;

/** Made for whoever first asks: most processes that could read a sample never see one. */
export function sampleWords(what: 'sample' | 'converter'): ReadonlyMap<string, SampleWord> {
  tables ??= {
    sample: tableOf(ACTED, FETCHES_KNOWN),
    converter: tableOf(CONVERTERS_ACTED, CONVERTERS_KNOWN),
  };
  return tables[what];
}
