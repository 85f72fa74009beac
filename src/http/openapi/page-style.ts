/** The style of the page of the document: one column to read, one to find; light or dark as the reader has it. */
export const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1c1e21;--dim:#5c6370;--line:#dfe2e7;--paper:#fff;--soft:#f6f7f9;--link:#0b57d0;
--get:#0f6b4f;--post:#0b57d0;--put:#8a5a00;--patch:#6b3fa0;--delete:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--dim:#9aa3af;--line:#30353d;--paper:#15181c;--soft:#1d2126;--link:#8ab4f8;
--get:#6fd3ae;--post:#8ab4f8;--put:#f2c063;--patch:#c9a7f2;--delete:#f2a19b}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",sans-serif}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.86em}
code{background:var(--soft);padding:.1em .3em;border-radius:4px;overflow-wrap:anywhere}
pre{background:var(--soft);border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;overflow:auto;max-height:28rem;line-height:1.45}
pre code{background:none;padding:0;overflow-wrap:normal}
.page{display:grid;grid-template-columns:19rem minmax(0,1fr);max-width:82rem;margin:0 auto}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1.5rem 1rem 3rem;border-right:1px solid var(--line);font-size:.9rem}
nav h2{font-size:.78rem;letter-spacing:.06em;text-transform:uppercase;color:var(--dim);margin:1.4rem 0 .3rem}
nav ul{list-style:none;margin:0;padding:0}nav li a{display:flex;gap:.5rem;align-items:baseline;padding:.16rem .3rem;border-radius:5px;color:var(--ink)}
nav li a:hover{background:var(--soft);text-decoration:none}
main{padding:2rem 2.5rem 6rem;min-width:0;overflow-wrap:anywhere}
h1{font-size:2rem;margin:.2rem 0}main h2{margin:3rem 0 .4rem;font-size:1.4rem}
.lead{color:var(--dim);max-width:46rem}
section.op{border-top:1px solid var(--line);padding:1.6rem 0 1rem;margin-top:1.2rem}
section.op h3{margin:0;font-size:1.12rem}
.path{display:flex;flex-wrap:wrap;gap:.6rem;align-items:baseline;margin:.5rem 0}
.path code{font-size:.95rem;background:none;padding:0}
.method{font:700 .72rem/1 ui-monospace,Menlo,monospace;letter-spacing:.04em;min-width:4.4em;flex:none}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.patch{color:var(--patch)}.delete{color:var(--delete)}
.scope{font-size:.8rem;color:var(--dim);border:1px solid var(--line);border-radius:99px;padding:.05rem .6rem}
h4{margin:1.2rem 0 .3rem;font-size:.9rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th{text-align:left;font-weight:600;color:var(--dim);font-size:.8rem}
td,th{border-bottom:1px solid var(--line);padding:.4rem .6rem .4rem 0;vertical-align:top}
td:first-child{white-space:nowrap}
.type{color:var(--dim);font-size:.85em}.need{color:var(--delete);font-size:.8em}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--link);font-size:.9rem}
@media (max-width:56rem){.page{display:block}nav{position:static;height:auto;border-right:0;border-bottom:1px solid var(--line);max-height:16rem}
main{padding:1.2rem 1rem 4rem}
table,tbody,tr,td{display:block}td{border:0;padding:.15rem 0}tr{border-bottom:1px solid var(--line);padding:.4rem 0}}
`;
