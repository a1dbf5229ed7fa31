/** The style of a report's page. */

export const STYLE = `
:root{--ink:#1b1b1b;--soft:#565656;--line:#dadad6;--card:#ffffff;--page:#f5f5f2;--good:#00704f;--notable:#a84300;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#b0b0b0;--line:#40403e;--card:#1e1e1d;--page:#131312;--good:#4fd3a5;--notable:#ff9a57}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:14px/1.45 system-ui,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
main{max-width:1840px;margin:0 auto;padding:16px clamp(10px,2vw,28px) 40px}
h1{font-size:1.35rem;line-height:1.25;margin:0 0 6px;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:22px 0 8px}
h3{font-size:.95rem;margin:0;overflow-wrap:anywhere}
.good{color:var(--good)}
.bad,.notable b{color:var(--notable)}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:12px 14px}
.facts{display:flex;flex-wrap:wrap;gap:2px 18px;margin:0;color:var(--soft);font-size:.86rem}
.facts div{display:flex;gap:6px;min-width:0}
.facts dt{flex:none}
.facts dd{margin:0;color:var(--ink);font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.8rem;line-height:1.7;overflow-wrap:anywhere;min-width:0}
.headlines{list-style:none;display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,150px),1fr));gap:10px;margin:14px 0;padding:0}
.headlines li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:8px 12px}
.headlines b{display:block;font-size:1.25rem}
.headlines span,figcaption p{color:var(--soft);font-size:.84rem}
.findings{margin-top:12px}
.findings h2{margin:0 0 4px}
.findings ul{margin:0;padding-left:1.2em;max-width:110ch}
.findings p{margin:0}
.plots{columns:3 480px;column-gap:12px}
figure{margin:0 0 12px;min-width:0;break-inside:avoid}
figure.wide{column-span:all}
figure.wide:not(:first-child){margin-top:12px}
figcaption p{margin:2px 0 8px;max-width:110ch}
.picture{overflow-x:auto}
.picture svg{display:block;width:100%;height:auto}
details{margin-top:8px}
summary{cursor:pointer;color:var(--soft);font-size:.84rem}
.table{overflow:auto;max-height:70vh}
table{border-collapse:collapse;font-size:.82rem;width:100%}
th,td{padding:2px 8px 2px 0;text-align:left;border-bottom:1px solid var(--line);vertical-align:top;white-space:nowrap}
th{position:sticky;top:0;background:var(--card);vertical-align:bottom;white-space:normal}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}
td.long{white-space:pre-wrap;overflow-wrap:anywhere;min-width:26ch;max-width:70ch}
th button{all:unset;cursor:pointer}
th button:focus-visible{outline:2px solid var(--soft)}
.more{color:var(--soft);font-size:.82rem}
.save{float:right;display:flex;gap:6px;margin-left:8px}
.save button{font:inherit;font-size:.76rem;color:var(--soft);background:none;border:1px solid var(--line);border-radius:5px;padding:0 7px;cursor:pointer}
.save button:hover{color:var(--ink)}
#tip{position:fixed;z-index:2;pointer-events:none;background:var(--ink);color:var(--card);font-size:.8rem;padding:3px 8px;border-radius:5px;max-width:min(340px,90vw)}
@media print{
:root{--ink:#1b1b1b;--soft:#565656;--line:#dadad6;--card:#ffffff;--page:#ffffff;--good:#00704f;--notable:#a84300}
@page{margin:12mm}
body{font-size:10pt;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{padding:0;max-width:none}
.save,#tip,details:not([open]){display:none}
.card{border-color:#ccc}
figure:has(tbody tr:nth-child(30)){break-inside:auto}
.picture svg{min-width:0!important}
.table{max-height:none;overflow:visible}
table{font-size:7.5pt}
th{position:static}
td,th{white-space:normal;overflow-wrap:anywhere}
td.long{min-width:0}
h2{break-after:avoid}
}
`.trim();
