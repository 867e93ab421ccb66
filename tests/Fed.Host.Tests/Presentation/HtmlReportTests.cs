using System.Collections.Immutable;
using System.Xml;
using System.Xml.Linq;
using Fed.Host.Presentation;
using Fed.Host.Presentation.Html;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class HtmlReportTests
{
    private static readonly string[] Known =
    [
        "html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "p", "div", "dl", "dt", "dd", "figure", "figcaption", "ul", "li", "b", "svg", "desc", "path", "circle",
        "rect", "text", "table", "caption", "thead", "tbody", "tr", "th", "td", "details", "summary", "code",
    ];

    public static TheoryData<string> Samples => ["small", "quickstart", "districts", "regression", "hostile", "no rounds", "no values", "many rounds"];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_report_is_well_formed_and_made_of_known_elements(string sample)
    {
        XElement page = Parse(Sample(sample));
        Assert.All(page.DescendantsAndSelf(), element => Assert.Contains(element.Name.LocalName, Known));
        Assert.DoesNotContain(page.DescendantsAndSelf().Attributes(), attribute => attribute.Name.LocalName.StartsWith("on", StringComparison.Ordinal));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "href" or "src");
        string[] ids = [.. page.Descendants().Attributes("id").Select(id => id.Value)];
        Assert.Equal(ids.Length, ids.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Drawings_have_a_title_and_a_description_and_tables_a_caption(string sample)
    {
        XElement page = Parse(Sample(sample));
        XElement[] drawings = [.. All(page, "svg").Where(svg => svg.Attribute("aria-hidden") is null)];
        Assert.All(drawings, svg =>
        {
            Assert.Equal("img", svg.Attribute("role")?.Value);
            string[] labels = svg.Attribute("aria-labelledby")!.Value.Split(' ');
            Assert.Equal(labels, All(svg, "title").Take(1).Concat(All(svg, "desc")).Select(element => element.Attribute("id")!.Value));
            Assert.All(All(svg, "desc"), text => Assert.NotEmpty(text.Value));
        });
        Assert.All(All(page, "table"), table => Assert.NotEmpty(Assert.Single(All(table, "caption")).Value));
        Assert.All(All(page, "th"), head => Assert.NotNull(head.Attribute("scope")));
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Coordinates_are_numbers_inside_the_drawing(string sample)
    {
        foreach (XElement shape in Parse(Sample(sample)).Descendants().Where(element => element.Name.LocalName is "circle" or "rect" or "text" or "path"))
        {
            foreach (XAttribute attribute in shape.Attributes().Where(attribute => attribute.Name.LocalName is "x" or "y" or "cx" or "cy" or "width" or "height"))
                Assert.InRange(double.Parse(attribute.Value), 0, 520);
            foreach (string number in (shape.Attribute("d")?.Value ?? "").Split(['M', 'L', 'H', ' '], StringSplitOptions.RemoveEmptyEntries))
                Assert.InRange(double.Parse(number), 0, 520);
        }
    }

    [Fact]
    public void Hostile_names_stay_text()
    {
        string html = HtmlReport.Render(SampleReports.Hostile);
        XElement page = Parse(SampleReports.Hostile);
        Assert.Empty(All(page, "script"));
        Assert.Empty(All(page, "img"));
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(html, c => c != '\n' && char.IsControl(c));
        Assert.DoesNotContain('\u202e', html);
        Assert.Equal("</title><script>alert('job')</script>", All(page, "h1").Single().Value);
        Assert.Contains(All(page, "th"), cell => cell.Value == "\"><img src=x onerror=alert(1)> alone");
    }

    [Fact]
    public void The_page_needs_nothing_from_elsewhere_and_forbids_it()
    {
        string html = HtmlReport.Render(SampleReports.Quickstart).Replace("http://www.w3.org/1999/xhtml", "", StringComparison.Ordinal);
        Assert.DoesNotContain("://", html, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", html, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_curve_has_a_point_for_each_round_and_a_gap_where_one_is_missing()
    {
        RunReport report = SampleReports.Quickstart with { Rounds = SampleReports.Quickstart.Rounds.SetItem(9, SampleReports.Quickstart.Rounds[9] with { Auc = null }) };
        XElement chart = All(Parse(report), "svg").Single(svg => svg.Attribute("aria-labelledby")?.Value.StartsWith("auc", StringComparison.Ordinal) == true);
        Assert.Equal(29, All(chart, "circle").Count());
        string curve = All(chart, "path").Single(path => path.Attribute("class")!.Value.StartsWith("line", StringComparison.Ordinal)).Attribute("d")!.Value;
        Assert.Equal((2, 27), (curve.Count(c => c == 'M'), curve.Count(c => c == 'L')));
    }

    [Fact]
    public void A_far_baseline_is_named_but_does_not_flatten_the_curve()
    {
        ImmutableArray<BaselineReport> alone = [.. SampleReports.Quickstart.Baselines.Alone.Select(site => site with { Loss = 9000 })];
        XElement page = Parse(SampleReports.Quickstart with { Baselines = SampleReports.Quickstart.Baselines with { Alone = alone } });
        Assert.Contains(All(page, "li"), item => item.Value == "one site alone (mean) 9000.00 (off the chart)");
        XElement chart = All(page, "svg").Single(svg => svg.Attribute("aria-labelledby")?.Value.StartsWith("loss", StringComparison.Ordinal) == true);
        Assert.DoesNotContain(All(chart, "text"), label => label.Value.Length > 5);
    }

    [Fact]
    public void Equal_reports_give_equal_pages() => Assert.Equal(HtmlReport.Render(SampleReports.Small), HtmlReport.Render(ReportJson.Read(ReportJson.Write(SampleReports.Small))));

    private static RunReport Sample(string name) => name switch
    {
        "small" => SampleReports.Small,
        "quickstart" => SampleReports.Quickstart,
        "districts" => SampleReports.Districts,
        "regression" => SampleReports.Regression,
        "hostile" => SampleReports.Hostile,
        "no rounds" => SampleReports.Small with { Rounds = [], Final = SampleReports.Small.Final with { Rounds = 0, Accuracy = null, Auc = null, Loss = null } },
        "no values" => SampleReports.Small with
        {
            Rounds = [.. SampleReports.Small.Rounds.Select(round => round with { Loss = double.NaN, TrainLoss = null, Accuracy = null, Auc = double.PositiveInfinity, Contributors = [] })],
            Baselines = new BaselinesReport(new BaselineReport { Reason = "one class only" }, []),
        },
        "many rounds" => SampleReports.Make(
            "long", [SampleReports.Site("a", 1, 1)], [.. Enumerable.Range(1, 1000).Select(round => SampleReports.Round(round, 1.0 / round, 1, 1, "a"))]),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no such sample"),
    };

    private static IEnumerable<XElement> All(XElement root, string name) => root.Descendants().Where(element => element.Name.LocalName == name);

    /// <summary>Strict: XML has no forgiving parser.</summary>
    private static XElement Parse(RunReport report)
    {
        using var reader = XmlReader.Create(new StringReader(HtmlReport.Render(report)), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XElement.Load(reader);
    }
}
