namespace Fed.Host.Presentation.Html;

/// <summary>The report's style sheet: one column on a phone, two on a desk, paper when printed, dark where the reader's system is. Colours are Okabe and Ito's, told apart by all eyes.</summary>
internal static class ReportStyle
{
    /// <summary>CSS. Holds no angle bracket and no ampersand, so that it may stand in XML.</summary>
    public const string Css = """
        :root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --quiet: #5b6675; --rule: #dde2e8; --s1: #0072b2; --s2: #b8540a; --s3: #00805c; --bar: #7fb2d6; --warn: #9a5b00;
          --k0: #0072b2; --k1: #d55e00; --k2: #009e73; --k3: #cc79a7; --k4: #1b2430; --k5: #b58900; --k6: #56b4e9; --k7: #7a3fa0; }
        @media (prefers-color-scheme: dark) { :root { --page: #12161c; --card: #1b212a; --ink: #e6eaf0; --quiet: #9aa6b5; --rule: #313a46; --s1: #56b4e9; --s2: #f0a35e; --s3: #3fcf9f; --bar: #356a91; --warn: #f0b84d;
          --k0: #4aa3df; --k1: #ff8c42; --k2: #3fcf9f; --k3: #e59ac4; --k4: #e6eaf0; --k5: #f0d04d; --k6: #9fd8ff; --k7: #b98ae0; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; }
        main { max-width: 1160px; margin: 0 auto; padding: 40px 24px 64px; }
        header p { margin: 0; color: var(--quiet); }
        h1 { margin: 2px 0 4px; font-size: 32px; line-height: 1.2; letter-spacing: -0.01em; overflow-wrap: anywhere; }
        h2 { margin: 40px 0 12px; font-size: 20px; }
        .eyebrow { font-size: 13px; letter-spacing: 0.08em; text-transform: uppercase; }
        .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(170px, 1fr)); gap: 16px; margin: 28px 0 0; }
        .figures div, figure, .panel { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; }
        .figures div { padding: 14px 18px; }
        .figures dt { color: var(--quiet); font-size: 14px; }
        .figures dd { margin: 0; font-size: 30px; line-height: 1.25; font-variant-numeric: tabular-nums; }
        .figures .note { font-size: 13px; color: var(--quiet); line-height: 1.4; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); gap: 16px; }
        figure { margin: 0; padding: 16px 18px 10px; min-width: 0; }
        figcaption { font-weight: 600; }
        figure .note { margin: 0; font-size: 13px; color: var(--quiet); }
        svg { display: block; width: 100%; height: auto; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 4px 0 6px; padding: 0; font-size: 13px; color: var(--quiet); }
        .legend svg { display: inline-block; width: 24px; margin-right: 6px; vertical-align: middle; }
        .legend b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--rule); } .axis { stroke: var(--quiet); }
        .tick { fill: var(--quiet); font-size: 13px; font-variant-numeric: tabular-nums; }
        .line { fill: none; stroke: currentColor; stroke-width: 2.25; stroke-linejoin: round; stroke-linecap: round; }
        .level { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 6 4; }
        .far { stroke-dasharray: 1.5 4; stroke-linecap: round; }
        .dot { fill: currentColor; } .bar { fill: var(--bar); }
        .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); }
        .k0 { color: var(--k0); } .k1 { color: var(--k1); } .k2 { color: var(--k2); } .k3 { color: var(--k3); } .k4 { color: var(--k4); } .k5 { color: var(--k5); } .k6 { color: var(--k6); } .k7 { color: var(--k7); }
        .d1 { stroke-dasharray: 8 4; } .d2 { stroke-dasharray: 2 4; } .d3 { stroke-dasharray: 10 3 2 3; }
        .panel { overflow-x: auto; padding: 4px 18px 10px; }
        table { border-collapse: collapse; width: 100%; font-size: 15px; font-variant-numeric: tabular-nums; }
        caption { text-align: left; padding: 10px 0 6px; color: var(--quiet); font-size: 14px; }
        th, td { text-align: left; padding: 6px 16px 6px 0; border-top: 1px solid var(--rule); vertical-align: top; }
        thead th { border-top: 0; color: var(--quiet); font-weight: 500; font-size: 13px; white-space: nowrap; }
        tbody th { font-weight: 400; overflow-wrap: anywhere; min-width: 9em; }
        .number + :not(.number) { padding-left: 16px; }
        .number { text-align: right; white-space: nowrap; }
        .own th, .own td { font-weight: 600; color: var(--s1); }
        .sub th { padding-left: 18px; color: var(--quiet); }
        .quiet { color: var(--quiet); } .warning { color: var(--warn); }
        code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        summary { cursor: pointer; padding: 8px 0; color: var(--quiet); font-size: 14px; }
        a { color: var(--s1); }
        @media print { :root { --page: #ffffff; } main { padding: 0; } figure, tr { break-inside: avoid; } }
        """;
}
