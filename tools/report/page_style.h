#pragma once

namespace perilune::tools {

/// The page's style sheet. Colours of data are Okabe and Ito's (2008), which stay apart with any common
/// colour blindness.
inline constexpr const char* kPageStyle = R"css(
:root{--ink:#1b2430;--soft:#5d6b7a;--rule:#d9dee4;--paper:#fff;--ground:#f4f5f7;--blue:#0072b2;--green:#009e73;
--orange:#e69f00;--red:#d55e00;--sky:#56b4e9}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 Inter,"Segoe UI","Helvetica Neue",Arial,"Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
.wrap{max-width:1200px;margin:0 auto;padding:0 24px}
header{background:#141b25;color:#e8edf3;padding:28px 0 24px}
header h1{margin:2px 0 6px;font-size:30px;font-weight:650;letter-spacing:-.01em}
header p{margin:0;color:#aab6c4;font-size:14px}
.brand{color:#8fb8dc;font-size:12.5px;letter-spacing:.08em;text-transform:uppercase}
section{background:var(--paper);border:1px solid var(--rule);border-radius:8px;padding:20px 24px 14px;margin:20px 0}
h2{margin:0 0 12px;font-size:19px;font-weight:650}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:14px;margin:2px 0 16px}
.tile{border:1px solid var(--rule);border-left:4px solid #9aa7b5;border-radius:6px;padding:12px 14px}
.tile.good{border-left-color:var(--green)}.tile.bad{border-left-color:var(--red)}
.tile .value{font-size:27px;font-weight:650;line-height:1.15}.tile small{font-size:15px;font-weight:500;color:var(--soft)}
.tile .name{font-weight:600;margin-top:3px}.tile .detail{color:var(--soft);font-size:12.5px;line-height:1.35}
table.numbers{border-collapse:collapse;width:100%;font-size:13px}
.numbers th,.numbers td{padding:5px 9px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
.numbers thead th{color:var(--soft);font-weight:600;border-bottom-color:#aeb8c2}
.numbers thead th[colspan]{text-align:center;border-left:1px solid var(--rule)}
.numbers tbody th{text-align:left;font-weight:600}.numbers .words{text-align:left;white-space:normal}
.numbers tr.gated td{background:#fdf1e9}
.soft{color:var(--soft);font-weight:400}
.scroll{overflow-x:auto}
figure{margin:0 0 14px}
figcaption,.caption{color:var(--soft);font-size:13px;line-height:1.45;margin:6px 0 10px}
.note{background:#eef3f8;border-left:4px solid var(--sky);padding:8px 12px;border-radius:4px;font-size:14px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:8px 24px;align-items:start}
.frames{display:grid;grid-template-columns:1fr 1fr;gap:10px 24px}
@media(max-width:820px){.pair,.frames{grid-template-columns:1fr}}
svg{display:block;width:100%;height:auto}
svg text{font-family:inherit}
.map,.frame{border-radius:4px;background:#e4e7ea}
.plot .title{font-size:12.5px;font-weight:650;fill:var(--ink)}
.plot .tick,.plot .label,.plot .legend{font-size:10.5px;fill:var(--soft)}
.plot .grid{stroke:#e7ebef}.plot .zero{stroke:#a9b4bf}.plot .axis{fill:none;stroke:#b9c2cb}
.line{fill:none;stroke-width:1.5;stroke-linejoin:round}
.c-state{stroke:var(--blue)}.c-orange{stroke:var(--orange)}.c-sky{stroke:var(--sky)}.c-fixline{stroke:var(--green)}
.c-truth{stroke:#7b8794;stroke-dasharray:5 3}.c-level{stroke:#414c58;stroke-dasharray:4 3;stroke-width:1}
.dots{stroke:none}.dots.c-fix{fill:var(--green)}.dots.c-weak{fill:none;stroke:var(--red);stroke-width:1.2}
.dots.c-statedot{fill:var(--blue);fill-opacity:.75}.dots.c-orange{fill:var(--orange)}.dots.c-sky{fill:var(--sky)}
.dots.c-gated{fill:none;stroke:var(--red);stroke-width:1.4}
.b-sigma{fill:var(--blue);fill-opacity:.14}.b-chi{fill:#7b8794;fill-opacity:.16}
.plain{fill:#e4e7ea}
.track{fill:none;stroke:#38a3ea;stroke-width:2}
.truetrack{fill:none;stroke:#fff;stroke-width:1.4;stroke-dasharray:6 5}
.ellipse{fill:#38a3ea;fill-opacity:.16;stroke:#9fd6ff;stroke-width:1}
.footprint{fill:none;stroke:#ffd166;stroke-width:1.2;stroke-opacity:.85}
.footnumber{font-size:11px;font-weight:650;fill:#ffd166;paint-order:stroke;stroke:#000;stroke-width:2.5px}
.fixdot{fill:#17d69f}.weakdot{fill:none;stroke:#ff8a4c;stroke-width:1.4}
.sitemark .ring{fill:none;stroke:#000;stroke-opacity:.55;stroke-width:3}
.sitemark path{stroke:#ffd23f;stroke-width:3;fill:none;paint-order:stroke}
.sitemark text,.furniture text{font-size:12px;font-weight:650;fill:#fff;paint-order:stroke;stroke:#000;stroke-width:3px}
.furniture .bar{stroke:#fff;stroke-width:2;fill:none}.furniture .halo{stroke:#000;stroke-opacity:.45;stroke-width:7}
.furniture .dial{fill:#000;fill-opacity:.45;stroke:#fff;stroke-opacity:.6}
.furniture .sun{fill:#ffd23f;stroke:#000;stroke-opacity:.5}.furniture .sunray{stroke:#ffd23f;stroke-width:1.8}
.inliers{fill:#25e09f;stroke:none}.inliers path{stroke:#ffe14d;stroke-width:1.6;fill:none}
.outliers{fill:none;stroke:#ff5a36;stroke-width:1.8}
.key{display:inline-block;width:10px;height:10px;border-radius:50%;vertical-align:-1px}
.key.green{background:#1cbf88}.key.red{border:2px solid #ff5a36}
.status{font-weight:650}.status.accepted{color:#007a59}.status.weak{color:#9a6a00}
.status.no_map,.status.too_few_matches,.status.inconsistent{color:#b34a00}
.rank circle{fill:#fff;stroke:#1b2430;stroke-width:1.5}.rank text{font-size:11px;font-weight:650;fill:#1b2430}
.rank.best circle{fill:#ffd23f;stroke-width:2}
.legendrow{display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;font-size:13px;margin-top:8px}
.swatch{display:inline-block;width:13px;height:13px;border-radius:3px;margin-right:5px;vertical-align:-2px}
.colourbar{position:relative;display:inline-block;width:220px;height:12px;border-radius:3px}
.colourbar i{position:absolute;top:-3px;height:18px;border-left:2px solid var(--ink)}
summary{cursor:pointer;font-weight:600;margin:4px 0 8px}
footer{color:var(--soft);font-size:13px;padding:4px 0 30px}
@media print{section{break-inside:avoid;border:none}body{background:#fff}}
)css";

}  // namespace perilune::tools
