/** How the page looks, in light and in dark; the pictures in it take their colours from the same variables. */

/** The page's style sheet. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --panel: #f5f7f9; --line: #d8dee4; --ink: #1f2328; --soft: #59636e;
  --blue: #0072b2; --orange: #b35f00; --grey: #9aa4ae; --red: #c62828; --tint: #c6282833; --bar: #0072b233;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #101418; --panel: #191f26; --line: #323b45; --ink: #e6eaee; --soft: #9da7b1;
    --blue: #56b4e9; --orange: #f0a63c; --grey: #6b7680; --red: #ff7b72; --tint: #ff7b7244; --bar: #56b4e944;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 20px 64px; }
h1 { font-size: 24px; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 36px 0 8px; }
p { margin: 4px 0 10px; max-width: 80ch; }
.soft, caption, figcaption { color: var(--soft); font-size: 13px; }
.warning { border-left: 4px solid var(--red); padding: 4px 12px; background: var(--panel); }
.figures { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 10px 16px; }
.figures b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); text-align: left; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 600; vertical-align: bottom; }
.right { text-align: right; }
tr.worst td { background: var(--tint); }
td.meter { min-width: 180px; }
.meter svg { display: block; }
figure { margin: 8px 0 16px; }
svg text { fill: var(--soft); font: 11px system-ui, sans-serif; }
svg.wide { display: block; width: 100%; height: auto; }
svg text.name { fill: var(--ink); stroke: var(--ground); stroke-width: 3px; paint-order: stroke; }
details { border: 1px solid var(--line); border-radius: 6px; margin: 6px 0; background: var(--panel); }
summary { cursor: pointer; padding: 6px 12px; overflow-wrap: anywhere; }
summary .soft { margin-left: 8px; }
.pair { display: flex; flex-wrap: wrap; gap: 0 24px; padding: 4px 14px 0; }
.pair figure { flex: 1 1 330px; min-width: 0; max-width: 520px; }
.axis { stroke: var(--line); stroke-width: 1; }
.blue { fill: var(--blue); } .orange { fill: var(--orange); } .grey { fill: var(--grey); }
.bar { fill: var(--bar); } .tint { fill: var(--tint); } .red { fill: var(--red); }
.stroke-blue { stroke: var(--blue); fill: none; } .stroke-grey { stroke: var(--grey); fill: none; }
.stroke-orange { stroke: var(--orange); fill: none; } .stroke-red { stroke: var(--red); fill: none; }
.dash { stroke-dasharray: 4 3; }
.key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 4px 0 12px; }
.key-blue { background: var(--blue); } .key-orange { background: var(--orange); }
.key-grey { background: var(--grey); } .key-red { background: var(--red); } .key-tint { background: var(--tint); }
`;
