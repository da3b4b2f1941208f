/** Colours by state, light and dark; everything else is plain. */
export const style = `
:root{--page:#fff;--text:#111;--line:#999;--head:#cfe3e6;--side:#e8e8dc;--name:#8a0f3c;--link:#0b4fa0}
body{font:12px/1.35 system-ui,sans-serif;color:var(--text);background:var(--page);margin:1em}
h1{font-size:1.5em;margin:0 0 .2em}
h2{font-size:1.25em;margin:0 0 .6em}
a{color:var(--link)}
.top{display:flex;flex-wrap:wrap;gap:2em;align-items:flex-start;margin:0 0 1em}
.top p,.top ul{margin:0}
.top ul{padding-left:1.2em}
.legend{display:grid;grid-template-columns:auto auto;gap:3px 1em}
.legend i{margin-right:.4em}
.legend i{display:inline-block;width:1.6em;height:1em;border:1px solid var(--line);vertical-align:-2px}
.said{padding:.5em .8em;border:1px solid var(--line);margin:0 0 1em}
form p{margin:.4em 0}
section{margin:0 0 1.4em;overflow-x:auto}
h3{display:inline-block;margin:0;padding:3px 8px;font-size:1em;color:#fff;background:var(--name)}
h3 a{color:inherit;text-decoration:none}
.about{margin-left:.8em}
table{border-collapse:collapse;width:100%}
th,td{border:1px solid var(--line);padding:1px 3px;font-size:10.5px;white-space:nowrap}
th{letter-spacing:-.02em}
td input{margin:2px 0}
th{background:var(--head)}
td{text-align:right}
td.c{text-align:center}
td a{color:inherit;text-decoration:none}
u{text-decoration:none;border-bottom:1px dotted currentColor;cursor:help}
.k{margin-left:.2em}
.frontend,.backend{background:var(--side)}
.socket{background:#d5d5d5}
.active_up{background:#bdf5bd}
.active_going_down{background:#fdfd9c}
.active_going_up{background:#ffcf3d}
.active_down,.backup_down{background:#ff9292}
.active_nolb,.active_drain{background:#64b5ff}
.active_no_check,.backup_no_check{background:#e2e2e2}
.backup_up{background:#b4d2ff}
.backup_going_down{background:#cf8fff}
.backup_going_up{background:#ff9cff}
.backup_nolb,.backup_drain{background:#d9a83c}
.maint{background:#cf8f40}
@media(prefers-color-scheme:dark){
:root{--page:#15181a;--text:#e6e6e6;--line:#666;--head:#1f4a50;--side:#2c3134;--link:#7db7ff}
.socket{background:#3a3f42}
.active_up{background:#1c5a1c}
.active_going_down{background:#66660a}
.active_going_up{background:#8a6500}
.active_down,.backup_down{background:#7c1414}
.active_nolb,.active_drain{background:#0d5390}
.active_no_check,.backup_no_check{background:#3d3d3d}
.backup_up{background:#233f6b}
.backup_going_down{background:#552080}
.backup_going_up{background:#77207a}
.backup_nolb,.backup_drain{background:#7a5a08}
.maint{background:#7d4d12}
}
`;
