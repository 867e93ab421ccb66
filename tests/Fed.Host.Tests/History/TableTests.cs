using Fed.Host.Commands;
using Fed.Host.History;
using Xunit;

namespace Fed.Host.Tests.History;

public sealed class TableTests
{
    private const string Long = "a text of more than forty characters, as reasons for which a site doubts a sum are";

    [Fact]
    public void Reasons_and_lists_of_sites_are_told_whole_and_what_stands_between_is_cut()
    {
        string[] sites = [.. Enumerable.Range(10, 20).Select(static i => $"site-{i}")];
        Table table = new("hash", "sites", "reason");
        table.Add(Long, sites, Long);
        using StringWriter written = new();
        table.Write(new CommandContext(written, TextWriter.Null, null, Json: false, Verbose: false, CancellationToken.None), "rows");
        string row = written.ToString().Split(written.NewLine)[1];
        Assert.Equal($"{Long[..37]}...  {string.Join(", ", sites)}  {Long}", row);
    }
}
